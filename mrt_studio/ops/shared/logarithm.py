"""Emit the logarithm of integers: log(2**e * m) = e * log 2 + log m."""

from __future__ import annotations

import math

import numpy as np

from mrt_studio.fixedpoint import Rounding
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.lowering import Lowering
from mrt_studio.ops.shared.floating import split


def logarithm(q: Lowering, x: Ref, scale: float, unit: float, lowest: float, hint: str = "") -> Ref:
    """Emit round(unit * log(x / scale)), right to `unit` * 2**-12 (at 12 table bits) and one.

    Args:
        q: the lowering.
        x: non-negative integers of at most `floating.MOST_BITS` bits; the logarithm of 0 is that of 1.
        scale: what x was multiplied by to make it integer.
        unit: the result's scale times what one is in it.
        lowest: results below this number of natural logarithms may be anything below.
        hint: names the sum as a helper; it is the node's main operator without.
    """
    parts = split(q, x, q.options.table_bits - 1)
    # Cut in real numbers first: the table keeps the bits that results need. A mantissa adds less than one.
    steps = np.maximum(np.log(parts.exponents()) - math.log(scale), lowest - 1)
    exponents = q.constant("exponents", Rounding.HALF_AWAY.apply(unit * steps))
    mantissas = q.constant("mantissas", Rounding.HALF_AWAY.apply(unit * np.log(parts.mantissas())))
    whole = q.emit("cvm.cvm_lut", parts.exponent, exponents, in_dim=steps.size, hint="whole")
    fraction = q.emit("cvm.cvm_lut", parts.fraction, mantissas, in_dim=parts.mantissas().size, hint="part")
    return q.emit("cvm.broadcast_add", whole, fraction, hint=hint)
