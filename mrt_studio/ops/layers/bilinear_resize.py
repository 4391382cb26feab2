"""Resize images by bilinear interpolation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, integer, real
from mrt_studio.ir.graph import Array, Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.resample import resample

_SCALES = ("scale_height", "scale_width")


@operator("_contrib_BilinearResize2D")
@dataclass(frozen=True, kw_only=True)
class BilinearResize2D(Rewritten):
    """Resize x (N, C, H, W) to height and width, or by the two scales if they are not zero.

    With align_corners output i reads position i (in - 1) / (out - 1), without it (i + 1/2) in / out - 1/2, not below zero.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.02  # two matrices of eight bits, and the result of the first at eight bits

    height: int = integer(1, low=1, high=1 << 20)
    width: int = integer(1, low=1, high=1 << 20)
    scale_height: float = real(0.0, low=0.0, high=1e6)
    scale_width: float = real(0.0, low=0.0, high=1e6)
    mode: str = choice("size", default="size")
    align_corners: bool = flag(default=True)

    samples = (
        Sample({"height": 7, "width": 9}, ((2, 3, 4, 5),)),
        Sample({"height": 8, "width": 10, "align_corners": False}, ((2, 3, 4, 5),)),
        Sample({"height": 1, "width": 3, "align_corners": False}, ((2, 2, 5, 5),)),
        Sample({"scale_height": 2.0, "scale_width": 1.5}, ((2, 2, 3, 5),)),
    )

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Self:
        """As for other operators; files say None for a scale that is not given."""
        return super().parse({k: v for k, v in texts.items() if k not in _SCALES or v != "None"})

    def attributes(self) -> dict[str, str]:
        """As for other operators, without scales that are not given."""
        return {k: v for k, v in super().attributes().items() if k not in _SCALES or float(v)}

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, height, width); with scales floor(H scale_height) and floor(W scale_width)."""
        data = inputs[0]
        if len(data) != 4:
            raise ShapeError(f"Resizing needs an input of four axes, not {data}.")
        if bool(self.scale_height) != bool(self.scale_width):
            raise ShapeError("Resizing takes both scale_height and scale_width, or none of them.")
        high, wide = (int(data[2] * self.scale_height), int(data[3] * self.scale_width)) if self.scale_height else (self.height, self.width)
        if min(high, wide) < 1:
            raise ShapeError(f"Scales of {self.scale_height:g} and {self.scale_width:g} leave nothing of {data}.")
        return ((*data[:2], high, wide),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """One matrix for each axis."""
        return resample(b, x[0], self.infer((b.shape(x[0]),))[0][2:], self._weights, node.name)

    def _weights(self, size: int, out: int) -> Array:
        """The weight (out, size) of each input in each output."""
        step = np.arange(out)
        place = step * ((size - 1) / max(out - 1, 1))
        if not self.align_corners and out > 1:  # one output reads position zero either way
            place = np.maximum((step + 0.5) * size / out - 0.5, 0)
        before = np.minimum(place.astype(np.int64), size - 1)
        share, weights = place - before, np.zeros((out, size))
        weights[step, before] += 1 - share
        weights[step, np.minimum(before + 1, size - 1)] += share
        return weights
