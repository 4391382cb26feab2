"""Rectified linear unit."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized


@operator("relu")
@dataclass(frozen=True, kw_only=True)
class Relu(Transparent):
    """max(x, 0)."""

    arity = (1, 1)
    category = "activation"
    samples = (Sample({}, ((2, 3, 4, 4),)),)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """Zero keeps its meaning at every scale."""
        return q.emit("cvm.relu", x.ref)
