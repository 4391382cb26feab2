"""Sum over axes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import ACTIVATION_BITS, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.reducing import Reducing


@operator("sum", "sum_axis")
@dataclass(frozen=True, kw_only=True)
class Sum(Reducing):
    """Add the elements along the given axes."""

    # Exact for inputs of at most eight bits, as those of the samples are.
    tolerance = 0.0
    samples = (
        Sample({"axis": (2, 3), "keepdims": True}, ((2, 3, 4, 5),)),
        Sample({"axis": (1,)}, ((2, 6),)),
        Sample({"axis": (1,), "exclude": True}, ((2, 3, 4),)),
        Sample({"axis": (3, -3)}, ((2, 3, 1, 4),)),
        Sample({}, ((2, 3, 4),)),
        Sample({"axis": (0, 1), "exclude": True}, ((2, 3),)),
    )

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Eight-bit input [MRT]; the machine adds the bits of the count."""
        del node
        data = q.requant(x[0], ACTIVATION_BITS)
        return q.result(self.emit(q, "sum", data.ref), data.scale)


@operator("nansum")
@dataclass(frozen=True, kw_only=True)
class NanSum(Sum):
    """The sum, with what is not a number counted as zero.

    Integers are always numbers, and the machine's division by zero gives zero.
    """
