"""Subtraction with broadcasting."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import WIDE_BITS, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.broadcasting import Broadcasting


@operator("broadcast_sub", "broadcast_minus")
@dataclass(frozen=True, kw_only=True)
class BroadcastSub(Broadcasting):
    """a - b, axes of size one repeated."""

    tolerance = 2.0**-14  # both are rounded to half a step of sixteen bits of the larger threshold

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Both at one scale, sixteen bits [MRT]."""
        del node
        a, b = q.common(x, WIDE_BITS)
        return q.result(q.emit("cvm.broadcast_sub", a.ref, b.ref), a.scale)
