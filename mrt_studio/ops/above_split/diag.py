"""The diagonal of a matrix: only above the split keys."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator
from mrt_studio.ops.shared.axes import axis_of


@operator("diag")
@dataclass(frozen=True, kw_only=True)
class Diag(FloatOnly):
    """The elements k places beside the diagonal of two axes.

    Of a vector it is the matrix that has it there.
    """

    arity = (1, 1)
    category = "shape"
    why = "Its two axes usually include the batch, so what it reads depends on how many samples there are."

    k: int = integer(0, low=-(1 << 24), high=1 << 24)
    axis1: int = integer(0, low=-8, high=7)
    axis2: int = integer(1, low=-8, high=7)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The axes that are left, and the diagonal behind them."""
        shape = inputs[0]
        if len(shape) == 1:
            return ((shape[0] + abs(self.k),) * 2,)
        first, second = axis_of(shape, self.axis1), axis_of(shape, self.axis2)
        length = min(shape[first] + min(self.k, 0), shape[second] - max(self.k, 0))
        if first == second or length < 1:
            raise ShapeError(f"{shape} has no diagonal {self.k} of the axes {self.axis1} and {self.axis2}.")
        return ((*(size for i, size in enumerate(shape) if i not in (first, second)), length),)
