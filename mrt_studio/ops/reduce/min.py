"""Minimum over axes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.reducing import Reducing


@operator("min", "min_axis")
@dataclass(frozen=True, kw_only=True)
class Min(Reducing, Transparent):
    """The smallest element along the given axes."""

    tolerance = 0.0  # values only move
    samples = (
        Sample({"axis": (2, 3), "keepdims": True}, ((2, 3, 4, 5),)),
        Sample({"axis": (1,)}, ((2, 6),), low=1.0, high=5.0),
        Sample({"axis": (0, 2), "exclude": True}, ((2, 3, 4),)),
        Sample({}, ((2, 1, 3),)),
    )

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """-max(-x): the machine has no minimum."""
        largest = self.emit(q, "max", q.emit("cvm.negative", x.ref, hint="negative"), hint="max")
        return q.emit("cvm.negative", largest)
