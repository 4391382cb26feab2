"""Emit powers with any exponent: the table of the mantissa times that of the exponent.

(2**e * m)**a = (2**e)**a * m**a. Both factors come from tables of 15 bits, so the result is as good at every magnitude of x,
down to 2**-16 of the largest result. Relative error: |a| * 2**-12 from the mantissa's steps (at 12 table bits).
"""

from __future__ import annotations

import numpy as np

from mrt_studio.fixedpoint import INT32_BITS, int_range, quantize_array
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import WIDE_BITS
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.floating import MOST_BITS, split
from mrt_studio.ops.shared.narrowing import narrow

_RESULT_BITS = 18
"""Two more than a table's, so that the product of two is not rounded again."""


def magnitude_power(q: Lowering, x: Operand, exponent: float, limit: float) -> tuple[Quantized, Ref, float]:
    """Emit |x|**exponent, 0 where x is 0, cut at `limit`.

    Returns:
        x as it was taken, the integers of the power, and their scale.
    """
    data = narrow(q, x, MOST_BITS)
    parts = split(q, q.emit("cvm.abs", data.ref, hint="abs"), q.options.table_bits - 1)
    with np.errstate(over="ignore"):
        fractions = parts.mantissas() ** exponent
        # Where the smallest mantissa takes the result beyond the limit, so do all: more would only waste bits.
        steps = np.minimum((parts.exponents() / data.scale) ** exponent, limit / fractions.min())
    steps[0] = 0
    largest = steps.max(initial=0), fractions.max()
    scales = [int_range(WIDE_BITS) / top if top else 1.0 for top in largest]
    first = q.constant("steps", quantize_array(steps, scales[0], WIDE_BITS))
    second = q.constant("fractions", quantize_array(fractions, scales[1], WIDE_BITS))
    step = q.emit("cvm.cvm_lut", parts.exponent, first, in_dim=steps.size, hint="step")
    fraction = q.emit("cvm.cvm_lut", parts.fraction, second, in_dim=fractions.size, hint="fraction")
    product = q.emit("cvm.broadcast_mul", step, fraction, hint="product")
    shift = INT32_BITS - _RESULT_BITS
    power = q.emit("cvm.cvm_right_shift", product, precision=_RESULT_BITS, shift_bit=shift, hint="power")
    return data, power, scales[0] * scales[1] / (1 << shift)


def signed(q: Lowering, x: Quantized, power: Ref) -> Ref:
    """Emit the node's result: the power with the sign of x."""
    sign = q.emit("cvm.cvm_clip", x.ref, precision=2, hint="sign")
    return q.emit("cvm.broadcast_mul", power, sign)


def where_positive(q: Lowering, x: Quantized, power: Ref) -> Ref:
    """Emit the node's result: the power where x is positive, 0 elsewhere."""
    sign = q.emit("cvm.cvm_clip", x.ref, precision=2, hint="sign")
    return q.emit("cvm.broadcast_mul", power, q.emit("cvm.relu", sign, hint="positive"))
