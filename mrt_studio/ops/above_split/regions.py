"""Pooling over regions of an image: only above the split keys."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer, ints, real
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator

_WHY = "Which elements are read depends on computed positions, and the Cortex virtual machine reads windows at fixed ones only."


@dataclass(frozen=True, kw_only=True)
class _Regions(FloatOnly):
    """Windows of an image (N, C, H, W) at regions (R, 5): image number and corners."""

    arity = (2, 2)
    category = "pool"
    input_names = ("data", "rois")
    why = _WHY

    def check(self, inputs: tuple[Shape, ...]) -> tuple[int, int]:
        """The number of channels and of regions; raises ShapeError for other shapes."""
        data, regions = inputs
        if len(data) != 4 or len(regions) != 2 or regions[1] != 5:
            raise ShapeError(f"An image (N, C, H, W) and regions (R, 5) are needed, not {data} and {regions}.")
        return data[1], regions[0]


@operator("ROIPooling")
@dataclass(frozen=True, kw_only=True)
class RoiPooling(_Regions):
    """The maximum of each part of a region."""

    pooled_size: tuple[int, ...] = ints(low=1, high=4096, lengths=(2,))
    spatial_scale: float = real(low=0, high=1)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(R, C, h, w)."""
        channels, count = self.check(inputs)
        return ((count, channels, *self.pooled_size),)


@operator("_contrib_ROIAlign")
@dataclass(frozen=True, kw_only=True)
class RoiAlign(_Regions):
    """The mean of interpolated points in each part of a region.

    With position_sensitive each part has channels of its own.
    """

    pooled_size: tuple[int, ...] = ints(low=1, high=4096, lengths=(2,))
    spatial_scale: float = real(low=0, high=1)
    sample_ratio: int = integer(-1, low=-1, high=4096)
    position_sensitive: bool = flag(default=False)
    aligned: bool = flag(default=False)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(R, C, h, w), C divided by h * w with position_sensitive."""
        channels, count = self.check(inputs)
        parts = self.pooled_size[0] * self.pooled_size[1] if self.position_sensitive else 1
        if channels % parts:
            raise ShapeError(f"The channels of {inputs[0]} are no multiple of the {parts} parts of a region.")
        return ((count, channels // parts, *self.pooled_size),)


@operator("_contrib_PSROIPooling")
@dataclass(frozen=True, kw_only=True)
class PsRoiPooling(_Regions):
    """The mean of each part of a region, each with channels of its own."""

    spatial_scale: float = real(low=0, high=1)
    output_dim: int = integer(low=1, high=1 << 20)
    pooled_size: int = integer(low=1, high=4096)
    group_size: int = integer(0, low=0, high=4096)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(R, output_dim, s, s)."""
        channels, count = self.check(inputs)
        groups = self.group_size or self.pooled_size
        if channels != self.output_dim * groups * groups:
            raise ShapeError(f"The image {inputs[0]} needs {self.output_dim} * {groups} * {groups} channels.")
        return ((count, self.output_dim, self.pooled_size, self.pooled_size),)
