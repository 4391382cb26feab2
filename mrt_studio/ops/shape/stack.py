"""Several tensors along a new axis."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("stack")
@dataclass(frozen=True, kw_only=True)
class Stack(Rewritten):
    """Join tensors of one shape along a new axis."""

    arity = (1, 4096)
    category = "shape"
    tolerance = 0.0001  # inputs of different ranges meet at sixteen bits

    axis: int = integer(0, low=-8, high=7)
    num_args: int = integer(low=1, high=4096)

    samples = (
        Sample({"num_args": 2, "axis": 1}, ((2, 3, 4), (2, 3, 4))),
        Sample({"num_args": 3, "axis": -1}, ((2, 3), (2, 3), (2, 3))),
        Sample({"num_args": 1, "axis": 0}, ((2, 3),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The common shape with the number of inputs inserted."""
        if self.num_args != len(inputs):
            raise ShapeError(f"num_args is {self.num_args}, but {len(inputs)} inputs are given.")
        if any(shape != inputs[0] for shape in inputs):
            raise ShapeError(f"Tensors of the shapes {', '.join(map(str, dict.fromkeys(inputs)))} cannot be stacked.", why="The shapes must be equal.")
        at = self._at(inputs[0])
        return ((*inputs[0][:at], len(inputs), *inputs[0][at:]),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A new axis for each, and a concatenation."""
        at = self._at(b.shape(x[0]))
        if len(x) == 1:
            return b.op("expand_dims", x[0], name=node.name, axis=at)
        return b.op("Concat", *(b.op("expand_dims", ref, hint="layer", axis=at) for ref in x), name=node.name, num_args=len(x), dim=at)

    def _at(self, shape: Shape) -> int:
        rank = len(shape) + 1
        if not -rank <= self.axis < rank:
            raise ShapeError(f"{shape} has no place for an axis at {self.axis}.")
        return self.axis % rank
