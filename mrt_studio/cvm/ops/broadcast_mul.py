"""broadcast_mul."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator, fits_int32
from mrt_studio.ir.graph import Array, Shape
from mrt_studio.ir.shapes import broadcast


@cvm_operator("broadcast_mul")
@dataclass(frozen=True, kw_only=True)
class BroadcastMul(CvmOperator):
    """a * b, axes of size one repeated."""

    arity = (2, 2)
    category = "elementwise"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The broadcast shape."""
        return (broadcast(inputs[0], inputs[1]),)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """The bits of both."""
        return fits_int32(sum(inputs), "Lower the precision of one factor.")

    def run(self, *x: Array) -> Array:
        """Multiply in int64."""
        return x[0] * x[1]

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bounds multiplied."""
        return math.prod(bounds)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's product."""
        return f.broadcast_mul(*x)
