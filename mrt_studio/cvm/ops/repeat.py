"""repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("repeat")
@dataclass(frozen=True, kw_only=True)
class Repeat(SamePrecision):
    """Each element `repeats` times, one after the other, along an axis."""

    category = "shape"

    repeats: int = integer(low=1, high=1 << 24)
    axis: int = integer(0, low=-6, high=5)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The size of the axis times `repeats`."""
        rank = len(inputs[0])
        if not -rank <= self.axis < rank:
            raise ShapeError(f"{inputs[0]} has no axis {self.axis}.")
        axis = self.axis % rank
        return ((*inputs[0][:axis], inputs[0][axis] * self.repeats, *inputs[0][axis + 1 :]),)

    def run(self, *x: Array) -> Array:
        """The repeated values."""
        return np.repeat(x[0], self.repeats, axis=self.axis)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's repeat."""
        return f.repeat(x[0], repeats=self.repeats, axis=self.axis)
