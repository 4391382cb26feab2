"""Exchange of two axes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.axes import axis_of


@operator("SwapAxis", "swapaxes")
@dataclass(frozen=True, kw_only=True)
class SwapAxis(Rewritten):
    """x with the axes `dim1` and `dim2` exchanged."""

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    dim1: int = integer(0, low=-8, high=7)
    dim2: int = integer(0, low=-8, high=7)

    samples = (Sample({"dim1": 1, "dim2": -1}, ((2, 3, 4, 5),)), Sample({"dim1": 1, "dim2": 1}, ((2, 3),)), Sample({"dim1": 0, "dim2": 1}, ((2, 3),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes in the new order."""
        return (tuple(inputs[0][a] for a in self._order(inputs[0])),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A transposition, or nothing when the axes are the same."""
        order = self._order(b.shape(x[0]))
        return x[0] if list(order) == sorted(order) else b.op("transpose", x[0], name=node.name, axes=order)

    def _order(self, shape: Shape) -> tuple[int, ...]:
        first, second = axis_of(shape, self.dim1), axis_of(shape, self.dim2)
        order = list(range(len(shape)))
        order[first], order[second] = second, first
        return tuple(order)
