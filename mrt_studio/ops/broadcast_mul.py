"""Product with broadcasting."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Node, Shape
from mrt_studio.ir.shapes import broadcast
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("broadcast_mul")
@dataclass(frozen=True, kw_only=True)
class BroadcastMul(Operator):
    """a * b, axes of size one repeated."""

    arity = (2, 2)
    category = "elementwise"
    input_names = ("lhs", "rhs")
    samples = (Sample({}, ((2, 3, 4, 4),), ((1, 3, 1, 1),)), Sample({}, ((2, 3, 1), (2, 1, 5))))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The broadcast shape."""
        return (broadcast(inputs[0], inputs[1]),)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Sixteen bits each; the scales multiply [MRT]."""
        del node
        a, b = q.requant(x[0], WIDE_BITS), q.requant(x[1], WIDE_BITS)
        return q.result(q.emit("cvm.broadcast_mul", a.ref, b.ref), a.scale * b.scale)
