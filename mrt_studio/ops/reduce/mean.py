"""Mean over axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import INT32_BITS, count_bits
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import ACTIVATION_BITS, WIDE_BITS, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.reducing import Reducing, shape_of, without_batch


@operator("mean")
@dataclass(frozen=True, kw_only=True)
class Mean(Reducing):
    """The mean of the elements along the given axes, of any count."""

    # A sum, and a scale that holds the count: exact for inputs of at most sixteen bits while the sum fits 31.
    tolerance = 0.0
    refused = ("over the first axis: its size, the batch, may change",)
    samples = (
        Sample({"axis": (2, 3), "keepdims": True}, ((2, 3, 4, 5),)),
        Sample({"axis": (1,)}, ((2, 7),)),
        Sample({"axis": (0, 2), "exclude": True}, ((2, 3, 4),)),
        Sample({"axis": (-1,)}, ((2, 2, 1, 3),)),
    )

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Refuse the batch's axis; drop the node when it reduces nothing."""
        without_batch(self.name, self.gone(b.shape(x[0])), "a mean depends on how many numbers there are")
        return super().prepare(b, node, x)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Sum sixteen bits, or as many as the count leaves.

        Integers of scale s add up to the mean at the scale s * count.

        Raises:
            QuantizationError: the count leaves less than eight bits.
        """
        del node
        shape = shape_of(q, x[0])
        count = math.prod(shape[a] for a in self.gone(shape))
        bits = min(WIDE_BITS, INT32_BITS - 1 - count_bits(count))
        if bits < ACTIVATION_BITS:
            raise QuantizationError(
                f"A mean of {count:,} numbers has no eight-bit form.", why="Their sum would leave INT32.", remedy="Take the mean in two steps."
            )
        data = q.requant(x[0], bits)
        return q.result(self.emit(q, "sum", data.ref), data.scale * count)
