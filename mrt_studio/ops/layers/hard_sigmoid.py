"""A sigmoid of three straight pieces."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import real
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.scalars import number
from mrt_studio.ops.shared.unary import Unary


@operator("hard_sigmoid")
@dataclass(frozen=True, kw_only=True)
class HardSigmoid(Rewritten, Unary):
    """alpha * x + beta, limited to [0, 1]."""

    category = "activation"
    tolerance = 2e-4  # products and sums of sixteen bits

    alpha: float = real(0.2)
    beta: float = real(0.5)

    samples = (Sample({}, ((2, 3, 4, 4),), low=-5.0, high=5.0), Sample({"alpha": 1 / 6, "beta": 0.4}, ((2, 7),)))

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Multiply, add, clip."""
        line = b.op("broadcast_add", b.op("broadcast_mul", x[0], number(b, self.alpha)), number(b, self.beta))
        return b.op("clip", line, a_min=0.0, a_max=1.0, name=node.name)
