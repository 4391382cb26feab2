"""Division with broadcasting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import WIDE_BITS, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.broadcasting import Broadcasting
from mrt_studio.ops.shared.narrowing import narrow

_NUMERATOR_BITS = 29
"""Bits of the widened numerator; the machine's precision rule counts two more for a product with a power of two."""


@operator("broadcast_div")
@dataclass(frozen=True, kw_only=True)
class BroadcastDiv(Broadcasting):
    """a / b, axes of size one repeated; 0 where b is 0."""

    # The quotient is truncated to a step of 2**-13 of that of the thresholds, or a finer one; a parameter is rounded to 16 bits.
    tolerance = 2.0**-12
    samples = (
        Sample({}, ((2, 3, 4, 4), (2, 3, 1, 1)), low=0.5),
        Sample({}, ((2, 5), (2, 5)), low=-4.0, high=-1.0),
        Sample({}, ((2, 3, 4, 4),), ((1, 3, 1, 1),)),
    )

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Multiply by the reciprocal of a parameter.

        Raises:
            UnsupportedError: the parameter holds zeros, or numbers whose reciprocal is beyond float32.
        """
        divisor = b.array(x[1])
        if divisor is None:
            return None
        with np.errstate(divide="ignore", over="ignore"):
            inverse = (1 / divisor.astype(np.float64)).astype(np.float32)
        if not np.isfinite(inverse).all():
            raise UnsupportedError(f"The divisor {x[1].name!r} holds zeros.", why="The quotient is not finite.", remedy="Correct the parameter.")
        return b.op("broadcast_mul", x[0], b.param("reciprocal", inverse), name=node.name)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Sixteen bits each, the numerator times the largest power of two that fits."""
        del node
        a, b = narrow(q, x[0], WIDE_BITS), narrow(q, x[1], WIDE_BITS)
        factor = 1 << (_NUMERATOR_BITS - q.bits(a.ref))
        wide = q.emit("cvm.broadcast_mul", a.ref, q.constant("factor", np.array([factor])), hint="wide")
        return q.result(q.emit("cvm.broadcast_div", wide, b.ref), a.scale * factor / b.scale)
