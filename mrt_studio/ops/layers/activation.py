"""Activation: MXNet's operator with the function as an attribute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.ir.attributes import choice
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.tables import lookup
from mrt_studio.ops.shared.unary import Unary


@operator("Activation")
@dataclass(frozen=True, kw_only=True)
class Activation(Unary):
    """Apply `act_type` to each element; softrelu is log(1 + exp(x))."""

    category = "activation"
    tolerance = 1.5e-3  # half of one of a table's 4095 steps; where the function is steep, that of the sigmoid

    act_type: str = choice("relu", "sigmoid", "tanh", "softrelu", "softsign")

    samples = (
        *(Sample({"act_type": name}, ((2, 3, 4, 4),)) for name in ("relu", "sigmoid", "tanh", "softrelu", "softsign")),
        Sample({"act_type": "softrelu"}, ((2, 50),), low=-100.0, high=100.0),
    )

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Use the operator of that name; softrelu has none."""
        return None if self.act_type == "softrelu" else b.op(self.act_type, x[0], name=node.name)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """A table for softrelu."""
        limit = q.threshold(node.name)
        return q.known(*lookup(q, x[0], lambda v: np.logaddexp(0, v), largest=limit), limit)
