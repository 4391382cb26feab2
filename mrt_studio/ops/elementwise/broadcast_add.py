"""Addition with broadcasting."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import WIDE_BITS, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.broadcasting import Broadcasting


@operator("broadcast_add", "broadcast_plus")
@dataclass(frozen=True, kw_only=True)
class BroadcastAdd(Broadcasting):
    """a + b, axes of size one repeated."""

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Both at one scale, sixteen bits [MRT]."""
        del node
        a, b = q.common(x, WIDE_BITS)
        return q.result(q.emit("cvm.broadcast_add", a.ref, b.ref), a.scale)
