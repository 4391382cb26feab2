"""Division by the length of vectors."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import choice, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.normalizing import plain
from mrt_studio.ops.shared.reducing import shape_of


@operator("L2Normalization")
@dataclass(frozen=True, kw_only=True)
class L2Normalization(Operator):
    """x / sqrt(sum of squares + eps).

    The sum is over a sample, over the channels of a position, or over the positions of a channel.
    """

    arity = (1, 1)
    category = "norm"
    tolerance = 4e-4  # see normalizing.py
    refused = ("a vector without a batch",)

    eps: float = real(1e-10, low=0, high=1e6)
    mode: str = choice("instance", "channel", "spatial", default="instance")

    samples = (
        Sample({}, ((2, 3, 4, 5),)),
        Sample({"mode": "channel"}, ((2, 6, 2, 3),), low=-0.01, high=0.01),
        Sample({"mode": "spatial", "eps": 0.1}, ((2, 3, 4),)),
        Sample({}, ((2, 7),), low=20.0, high=300.0),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        if self.mode != "instance" and len(inputs[0]) < 3:
            raise ShapeError(f"The mode {self.mode} needs a batch, channels and at least one more axis, not {inputs[0]}.")
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Stay.

        Raises:
            UnsupportedError: there is only one axis.
        """
        if len(b.shape(x[0])) == 1:
            raise UnsupportedError("L2Normalization needs more axes than the batch.", where=f"{self.name} {node.name!r}", remedy="Expand the dimensions first.")
        return None

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The integers' own normalisation."""
        del node
        rank = len(shape_of(q, x[0]))
        axes = {"instance": range(1, rank), "channel": range(1, 2), "spatial": range(2, rank)}[self.mode]
        return q.result(*plain(q, x[0], tuple(axes), self.eps))
