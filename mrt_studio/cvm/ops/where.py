"""where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.errors import OverflowError32, ShapeError, UnsupportedError
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("where")
@dataclass(frozen=True, kw_only=True)
class Where(CvmOperator):
    """The elements of x where the condition is not zero, else those of y."""

    arity = (3, 3)
    category = "shape"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape that all three have.

        Raises:
            ShapeError: the shapes differ.
            UnsupportedError: the condition has one element a row, where the runtime copies a part of each row only.
        """
        condition, x, y = inputs
        if x == y and len(condition) == 1 < len(x) and condition[0] == x[0]:
            raise UnsupportedError(
                f"A condition of the shape {condition} does not choose rows of {x}.",
                why="The runtime's back ends copy a part of each row only.",
                remedy="Give the condition the shape of the values.",
            )
        if not condition == x == y:
            raise ShapeError(f"The condition {condition} and the values {x} and {y} need one shape.")
        return (x,)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of the condition, which is what the runtime infers although the values come from x and y.

        Raises:
            OverflowError32: x or y has more.
        """
        condition, *values = inputs
        if max(values) > condition:
            raise OverflowError32(
                f"The values have {max(values)} bits, but the condition has {condition}.",
                why="The runtime takes the condition's precision for that of the result.",
                remedy="Widen the condition, for instance by cvm_clip to the precision of the values.",
            )
        return condition

    def run(self, *x: Array) -> Array:
        """The chosen elements."""
        return np.where(x[0] != 0, x[1], x[2])

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The largest bound."""
        return max(bounds)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's where."""
        return f.where(x[0], x[1], x[2])
