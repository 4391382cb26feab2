"""Operators that read images at computed places: they run in float above a split only."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, integer, ints
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator
from mrt_studio.ops.shared.windows import fill_windows, spatial

_PLACES = "It interpolates at places that are computed from data; the Cortex virtual machine reads at whole positions only."


@operator("BilinearSampler")
@dataclass(frozen=True, kw_only=True)
class BilinearSampler(FloatOnly):
    """Read x (N, C, H, W) at a grid (N, 2, h, w) of places from -1 to 1."""

    arity = (2, 2)
    category = "other"
    input_names = ("data", "grid")
    ignored = frozenset({"cudnn_off"})
    why = _PLACES

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, h, w)."""
        data, grid = inputs
        if len(data) != 4 or len(grid) != 4 or grid[:2] != (data[0], 2):
            raise ShapeError(f"BilinearSampler needs data (N, C, H, W) and a grid (N, 2, h, w), not {data} and {grid}.")
        return ((*data[:2], *grid[2:]),)


@operator("GridGenerator")
@dataclass(frozen=True, kw_only=True)
class GridGenerator(FloatOnly):
    """The places that an affine map (N, 6) or a flow (N, 2, H, W) leads to."""

    arity = (1, 1)
    category = "other"
    why = "The places that it makes are read by interpolation, which the Cortex virtual machine cannot do."

    transform_type: str = choice("affine", "warp")
    target_shape: tuple[int, ...] = ints((0, 0), low=0, lengths=(2,))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, 2, h, w)."""
        data = inputs[0]
        if self.transform_type == "warp":
            if len(data) != 4 or data[1] != 2:
                raise ShapeError(f"GridGenerator with transform_type='warp' needs a flow (N, 2, H, W), not {data}.")
            return (data,)
        target = _target(self, self.target_shape, data)
        return ((data[0], 2, *target),)


@operator("SpatialTransformer")
@dataclass(frozen=True, kw_only=True)
class SpatialTransformer(FloatOnly):
    """Read x (N, C, H, W) at the places that an affine map (N, 6) leads to."""

    arity = (2, 2)
    category = "other"
    input_names = ("data", "loc")
    ignored = frozenset({"cudnn_off"})
    why = _PLACES

    target_shape: tuple[int, ...] = ints((0, 0), low=0, lengths=(2,))
    transform_type: str = choice("affine")
    sampler_type: str = choice("bilinear")

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, h, w)."""
        data, loc = inputs
        if len(data) != 4 or loc[:1] != data[:1]:
            raise ShapeError(f"SpatialTransformer needs data (N, C, H, W) and maps (N, 6), not {data} and {loc}.")
        return ((*data[:2], *_target(self, self.target_shape, loc)),)


@operator("Correlation")
@dataclass(frozen=True, kw_only=True)
class Correlation(FloatOnly):
    """Compare patches of two images (N, C, H, W) at all displacements."""

    arity = (2, 2)
    category = "other"
    input_names = ("data1", "data2")
    why = "It multiplies patches of two inputs at many displacements, for which the Cortex virtual machine has no operator."

    kernel_size: int = integer(1, low=1, high=4096)
    max_displacement: int = integer(1, low=0, high=4096)
    stride1: int = integer(1, low=1, high=4096)
    stride2: int = integer(1, low=1, high=4096)
    pad_size: int = integer(0, low=0, high=4096)
    is_multiply: bool = flag(default=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, D * D, h, w) with D = 2 floor(max_displacement / stride2) + 1."""
        data = inputs[0]
        if len(data) != 4 or inputs[1] != data:
            raise ShapeError(f"Correlation needs two images of one shape (N, C, H, W), not {data} and {inputs[1]}.")
        border = self.max_displacement + (self.kernel_size - 1) // 2
        high, wide = (-(-(size + 2 * (self.pad_size - border)) // self.stride1) for size in data[2:])
        if min(high, wide) < 1:
            raise ShapeError(f"The displacement {self.max_displacement} and the kernel {self.kernel_size} leave nothing of {data}.")
        return ((data[0], (2 * (self.max_displacement // self.stride2) + 1) ** 2, high, wide),)


@operator("_contrib_DeformableConvolution")
@dataclass(frozen=True, kw_only=True)
class DeformableConvolution(FloatOnly):
    """A convolution of x (N, C, H, W) whose taps are moved by offsets (N, 2 groups kh kw, oh, ow)."""

    arity = (3, 4)
    category = "other"
    input_names = ("data", "offset", "weight", "bias")
    ignored = frozenset({"workspace"})
    why = _PLACES

    kernel: tuple[int, ...] = ints(low=1, high=4096, lengths=(2,))
    num_filter: int = integer(low=1, high=1 << 24)
    stride: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 2))
    dilate: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 2))
    pad: tuple[int, ...] = ints((), low=0, high=4096, lengths=(0, 2))
    num_group: int = integer(1, low=1, high=1 << 24)
    num_deformable_group: int = integer(1, low=1, high=1 << 24)
    no_bias: bool = flag(default=False)
    layout: str = choice("NCHW", "None", default="None")

    def __post_init__(self) -> None:
        """Fill in what was left out."""
        super().__post_init__()
        fill_windows(self, stride=1, dilate=1, pad=0)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, O, oh, ow), oh and ow those of the offsets."""
        data, offset = inputs[:2]
        out = [
            (size + 2 * pad - (dilate * (kernel - 1) + 1)) // stride + 1
            for size, kernel, stride, dilate, pad in zip(spatial(data, self.kernel, self.layout), self.kernel, self.stride, self.dilate, self.pad, strict=True)
        ]
        taps = 2 * self.num_deformable_group * self.kernel[0] * self.kernel[1]
        if min(out) < 1 or offset != (data[0], taps, *out) or len(inputs) != (3 if self.no_bias else 4):
            raise ShapeError(f"The kernel {self.kernel} and the offsets {offset} do not fit the input of {data}.")
        return ((data[0], self.num_filter, *out),)


def _target(op: GridGenerator | SpatialTransformer, target: tuple[int, ...], maps: Shape) -> Shape:
    """The target's size; raises ShapeError when it is empty or the maps are not (N, 6)."""
    if len(maps) != 2 or maps[1] != 6 or min(target) < 1:
        raise ShapeError(f"{op.name} needs maps (N, 6) and a target_shape, not {maps} and {target}.")
    return target
