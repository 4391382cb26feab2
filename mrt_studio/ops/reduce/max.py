"""Maximum over axes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.reducing import Reducing


@operator("max", "max_axis")
@dataclass(frozen=True, kw_only=True)
class Max(Reducing, Transparent):
    """The largest element along the given axes."""

    tolerance = 0.0  # values only move
    samples = (
        Sample({"axis": (2, 3), "keepdims": True}, ((2, 3, 4, 5),)),
        Sample({"axis": (1,)}, ((2, 6),), low=-5.0, high=-1.0),
        Sample({"axis": (0, 1), "exclude": True}, ((2, 3, 1, 4),)),
        Sample({"axis": (3,)}, ((2, 2, 1, 2),)),
        Sample({}, ((2, 3),), low=-5.0, high=-1.0),
    )

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine's maximum."""
        return self.emit(q, "max", x.ref)
