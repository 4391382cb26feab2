"""What operators share that combine two broadcast tensors and make no magnitude beyond both."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.ir.graph import Array, Shape
from mrt_studio.ir.shapes import broadcast


@dataclass(frozen=True, kw_only=True)
class Broadcasting(CvmOperator):
    """An operator on pairs of elements, axes of size one repeated."""

    arity = (2, 2)
    category = "elementwise"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The broadcast shape."""
        return (broadcast(inputs[0], inputs[1]),)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The larger bound, at least one."""
        return max(*bounds, 1)
