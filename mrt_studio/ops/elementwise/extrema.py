"""The larger and the smaller of two broadcast tensors."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.alignment import aligned
from mrt_studio.ops.shared.broadcasting import Broadcasting


@dataclass(frozen=True, kw_only=True)
class Extremum(Broadcasting):
    """The larger or the smaller one.

    Tensors of one scale are compared as they are. Others are rounded to sixteen bits of the result's threshold, and
    cut there: of two numbers that are cut the result is that of the numbers, cut.
    """

    tolerance = 2.0**-14  # both are rounded to half a step of sixteen bits


@operator("broadcast_maximum")
class BroadcastMaximum(Extremum):
    """The larger of a and b."""

    def nonnegative(self, x: tuple[bool, ...]) -> bool:
        """Where one of them is."""
        return any(x)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The machine's maximum at one scale."""
        a, b = aligned(q, x, q.threshold(node.name))
        return q.result(q.emit("cvm.broadcast_max", a.ref, b.ref), a.scale)


@operator("broadcast_minimum")
class BroadcastMinimum(Extremum):
    """The smaller of a and b."""

    def nonnegative(self, x: tuple[bool, ...]) -> bool:
        """Where both are."""
        return all(x)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Negate, take the larger, negate: the machine has no minimum."""
        a, b = aligned(q, x, q.threshold(node.name))
        negated = [q.emit("cvm.negative", side.ref, hint="negative") for side in (a, b)]
        return q.result(q.emit("cvm.negative", q.emit("cvm.broadcast_max", *negated, hint="max")), a.scale)
