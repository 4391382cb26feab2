"""A constant to the power x."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.attributes import real
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.scalars import number
from mrt_studio.ops.shared.unary import Unary


@operator("_rpower_scalar", "_RPowerScalar")
@dataclass(frozen=True, kw_only=True)
class RpowerScalar(Rewritten, Unary):
    """`scalar` to the power x."""

    ignored = frozenset({"is_int"})
    tolerance = 1.5e-3  # that of exp

    scalar: float = real(1.0)

    samples = (Sample({"scalar": 2.0}, ((2, 3, 4),)), Sample({"scalar": 0.3}, ((2, 3, 4),)))

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """exp(x * log(scalar)).

        Raises:
            UnsupportedError: the scalar is not positive.
        """
        if self.scalar <= 0:
            raise UnsupportedError(
                f"{self.scalar:g} to the power of x is not supported.",
                why="Powers of a number that is not positive are no numbers for most x.",
                remedy=f"Split the model below {node.name!r}.",
            )
        return b.op("exp", b.op("broadcast_mul", x[0], number(b, math.log(self.scalar))), name=node.name)
