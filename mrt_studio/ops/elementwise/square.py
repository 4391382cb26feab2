"""Square."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.unary import Unary


@operator("square")
@dataclass(frozen=True, kw_only=True)
class Square(Rewritten, Unary):
    """x * x."""

    tolerance = 1e-6
    samples = (Sample({}, ((2, 3, 4),)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """A product."""
        return b.op("broadcast_mul", x[0], x[0], name=node.name)
