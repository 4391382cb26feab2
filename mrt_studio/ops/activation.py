"""Activation: MXNet's operator with the function as an attribute."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import choice
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("Activation")
@dataclass(frozen=True, kw_only=True)
class Activation(Rewritten):
    """Apply `act_type` to each element; relu is the supported one."""

    arity = (1, 1)
    category = "activation"

    act_type: str = choice("relu")

    samples = (Sample({"act_type": "relu"}, ((2, 3, 4, 4),)),)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Use the operator of that name."""
        return b.op(self.act_type, x[0], name=node.name)
