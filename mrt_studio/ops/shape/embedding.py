"""Rows of a table."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("Embedding")
@dataclass(frozen=True, kw_only=True)
class Embedding(Rewritten):
    """For each whole number in x the row of the weight that it names.

    The weight is (input_dim, output_dim); numbers outside are moved to the border.
    """

    arity = (2, 2)
    category = "shape"
    input_names = ("data", "weight")
    ignored = frozenset({"sparse_grad"})
    tolerance = 0.0001  # sixteen-bit weights

    input_dim: int = integer(low=1, high=1 << 24)
    output_dim: int = integer(low=1, high=1 << 24)
    dtype: str = choice("float32", default="float32")

    samples = (
        Sample({"input_dim": 7, "output_dim": 4}, ((2, 3),), ((7, 4),), low=0, high=6, whole=True),
        Sample({"input_dim": 5, "output_dim": 3}, ((2,),), ((5, 3),), low=-2, high=9, whole=True),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x with output_dim behind it."""
        data, weight = inputs
        if weight != (self.input_dim, self.output_dim):
            raise ShapeError(f"The weight must have the shape ({self.input_dim}, {self.output_dim}), not {weight}.")
        return ((*data, self.output_dim),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """The same as taking rows."""
        return b.op("take", x[1], x[0], name=node.name, axis=0)
