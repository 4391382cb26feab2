"""Degrees and radians."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.scalars import number
from mrt_studio.ops.shared.unary import Unary


@dataclass(frozen=True, kw_only=True)
class Angle(Rewritten, Unary):
    """An angle in another unit."""

    factor: ClassVar[float]
    tolerance = 1e-5  # a factor of 16 bits
    samples = (Sample({}, ((2, 3, 4),)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """A product."""
        return b.op("broadcast_mul", x[0], number(b, self.factor), name=node.name)


@operator("degrees")
@dataclass(frozen=True, kw_only=True)
class Degrees(Angle):
    """x radians in degrees."""

    factor = 180 / math.pi


@operator("radians")
@dataclass(frozen=True, kw_only=True)
class Radians(Angle):
    """x degrees in radians."""

    factor = math.pi / 180
