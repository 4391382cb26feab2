"""Emit what softmax and its logarithm share: how far each logit is below the largest, the exponential of that, and their sum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.fixedpoint import INT32_BITS, bits_for, count_bits, int_range, quantize_array
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.narrowing import narrow
from mrt_studio.ops.shared.reductions import reduce
from mrt_studio.ops.shared.tables import entries

ONE = int_range(15)
"""The exponential of 0: 15 bits, so that 2**14 of it fit beside the sum of 20,000."""


@dataclass(frozen=True)
class Exponentials:
    """Of logits x along an axis.

    Attributes:
        below: max(x) - x, not negative.
        powers: exp(x - max(x)) * ONE.
        total: the sum of the powers along the axis, kept with size one; at least ONE.
    """

    below: Quantized
    powers: Ref
    total: Ref


def exponentials(q: Lowering, x: Operand, axis: int) -> Exponentials:
    """Emit them, right at any range of logits.

    The largest logit is taken off exactly, at the scale x comes in. The table covers what can be below it: twice the
    threshold, or `softmax_lambd` where that is less (beyond it the power is 0), in as many steps as x has or the table holds.
    """
    data = narrow(q, x, INT32_BITS - 2)
    largest = reduce(q, "max", data.ref, (axis,), keepdims=True, hint="max")
    below = q.emit("cvm.broadcast_sub", largest, data.ref, hint="below")
    reach = min(2 * data.threshold, q.options.softmax_lambd)
    distance = Quantized(below, data.scale, q.bits(below), 2 * data.threshold)
    powers = _powers(q, distance, reach)
    return Exponentials(distance, powers, reduce(q, "sum", powers, (axis,), keepdims=True, hint="sum"))


def _powers(q: Lowering, below: Quantized, reach: float) -> Ref:
    steps = math.floor(reach * below.scale)
    most = entries(q) - 3  # two for the rounding of the multiplier, one for what is beyond
    index = below
    if steps > most:
        # What is beyond the reach needs no more than to stay there, and so leaves room for the multiplier.
        cut = q.emit("cvm.cvm_clip", below.ref, precision=bits_for(steps) + 1, hint="near")
        scale = most / reach
        index = q.requant(Quantized(cut, below.scale, q.bits(cut), reach), bits_for(most) + 1, scale)
        steps = math.floor(reach * index.scale)
    values = np.exp(-np.arange(steps + 2) / index.scale)
    if reach == q.options.softmax_lambd:
        values[-1] = 0
    table = q.constant("powers", quantize_array(values, ONE, count_bits(ONE) + 1))
    return q.emit("cvm.cvm_lut", index.ref, table, in_dim=values.size, hint="power")
