"""Length of a vector whose second component is constant."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import operator
from mrt_studio.ops.shared.scalars import Scalar, number


@operator("_hypot_scalar", "_HypotScalar")
@dataclass(frozen=True, kw_only=True)
class HypotScalar(Scalar):
    """The square root of x * x + scalar * scalar."""

    tolerance = 3e-4  # that of the root, and of the sum's 16 bits

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Multiply, add, take the root."""
        square = b.op("broadcast_mul", x[0], x[0], hint="square")
        return b.op("sqrt", b.op("broadcast_add", square, number(b, self.scalar**2), hint="sum"), name=node.name)
