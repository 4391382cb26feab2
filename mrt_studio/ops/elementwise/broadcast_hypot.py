"""Length of a vector of two components."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, operator
from mrt_studio.ops.shared.broadcasting import Broadcasting


@operator("broadcast_hypot")
@dataclass(frozen=True, kw_only=True)
class BroadcastHypot(Broadcasting, Rewritten):
    """The square root of a * a + b * b, axes of size one repeated."""

    tolerance = 2.0**-12  # the sum is rounded to sixteen bits, and so is its root

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Multiply, add, take the root."""
        squares = [b.op("broadcast_mul", side, side, hint="square") for side in x]
        return b.op("sqrt", b.op("broadcast_add", *squares, hint="sum"), name=node.name)
