"""upsampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("upsampling")
@dataclass(frozen=True, kw_only=True)
class Upsampling(SamePrecision):
    """Each element of x (N, C, H, W) repeated along height and width."""

    category = "shape"

    scale: int = integer(low=1, high=4096)
    layout: str = choice("NCHW", default="NCHW")
    method: str = choice("NEAREST_NEIGHBOR", default="NEAREST_NEIGHBOR")

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, H * scale, W * scale)."""
        data = inputs[0]
        if len(data) != 4:
            raise ShapeError(f"upsampling needs a 4-D input, not {data}.")
        return ((*data[:2], data[2] * self.scale, data[3] * self.scale),)

    def run(self, *x: Array) -> Array:
        """Repeat with numpy."""
        return x[0].repeat(self.scale, axis=2).repeat(self.scale, axis=3)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's repetition, twice."""
        return f.repeat(f.repeat(x[0], repeats=self.scale, axis=2), repeats=self.scale, axis=3)
