"""Negation."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.unary import Unary


@operator("negative")
@dataclass(frozen=True, kw_only=True)
class Negative(Unary, Transparent):
    """-x."""

    tolerance = 0.0
    samples = (Sample({}, ((2, 3, 4, 4),)), Sample({}, ((2, 7),), low=1.0))

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The scale stays."""
        return q.emit("cvm.negative", x.ref)
