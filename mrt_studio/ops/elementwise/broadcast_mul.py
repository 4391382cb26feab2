"""Product with broadcasting."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import WIDE_BITS, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.broadcasting import Broadcasting


@operator("broadcast_mul")
@dataclass(frozen=True, kw_only=True)
class BroadcastMul(Broadcasting):
    """a * b, axes of size one repeated."""

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Sixteen bits each; the scales multiply [MRT]."""
        del node
        a, b = q.requant(x[0], WIDE_BITS), q.requant(x[1], WIDE_BITS)
        return q.result(q.emit("cvm.broadcast_mul", a.ref, b.ref), a.scale * b.scale)
