"""Smooth L1: a square near zero, the magnitude further out."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import real
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.scalars import number
from mrt_studio.ops.shared.unary import Unary


@operator("smooth_l1")
@dataclass(frozen=True, kw_only=True)
class SmoothL1(Rewritten, Unary):
    """(s x)**2 / 2 where |x| < 1 / s**2, |x| - 1 / (2 s**2) elsewhere, with s = scalar."""

    ignored = frozenset({"is_int"})
    tolerance = 1e-3  # where the square ends is truncated to an integer, as bounds of clip are

    scalar: float = real(1.0, low=1e-3, high=1e3)

    samples = (Sample({"scalar": 1.0}, ((2, 3, 4),)), Sample({"scalar": 0.5}, ((2, 30),), low=-9.0, high=9.0))

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """With m = min(|x|, 1 / s**2): m * (m * s**2 / 2 - 1) + |x|."""
        square = self.scalar**2
        size = b.op("abs", x[0])
        near = b.op("clip", size, a_min=0.0, a_max=1 / square, hint="near")
        half = b.op("broadcast_mul", near, number(b, square / 2), hint="half")
        factor = b.op("broadcast_add", half, number(b, -1.0), hint="factor")
        return b.op("broadcast_add", b.op("broadcast_mul", near, factor, hint="product"), size, name=node.name)
