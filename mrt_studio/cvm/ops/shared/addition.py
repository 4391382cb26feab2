"""What additions and subtractions share: bits, exact sum, bound."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.cvm.ops.base import CvmOperator, fits_int32
from mrt_studio.ir.graph import Array, Shape


@dataclass(frozen=True, kw_only=True)
class Addition(CvmOperator):
    """A sum of two tensors; subclasses say which shapes, and subtract instead where they say so."""

    arity = (2, 2)
    category = "elementwise"

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """The wider input and one bit."""
        return fits_int32(max(inputs) + 1, "Lower the precision of the inputs.")

    def run(self, *x: Array) -> Array:
        """Add in int64."""
        return x[0] + x[1]

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bounds added."""
        return sum(bounds)
