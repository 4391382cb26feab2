"""elemwise_add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator, fits_int32
from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("elemwise_add")
@dataclass(frozen=True, kw_only=True)
class ElemwiseAdd(CvmOperator):
    """a + b for equal shapes."""

    arity = (2, 2)
    category = "elementwise"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The common shape."""
        if inputs[0] != inputs[1]:
            raise ShapeError(f"elemwise_add needs equal shapes, not {inputs[0]} and {inputs[1]}.")
        return (inputs[0],)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """The wider input and one bit."""
        return fits_int32(max(inputs) + 1, "Lower the precision of the inputs.")

    def run(self, *x: Array) -> Array:
        """A + b."""
        return x[0] + x[1]

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bounds added."""
        return sum(bounds)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's addition."""
        return f.elemwise_add(*x)
