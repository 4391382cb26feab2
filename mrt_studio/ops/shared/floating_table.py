"""A lookup table whose steps grow with the magnitude: for functions that stay curved near zero however wide their range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mrt_studio.fixedpoint import count_bits
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.lowering import Lowering, Operand
from mrt_studio.ops.shared.floating import MOST_BITS, Floating, split
from mrt_studio.ops.shared.narrowing import narrow
from mrt_studio.ops.shared.tables import Function, emit_table, entries


def floating_lookup(q: Lowering, x: Operand, function: Function, *, largest: float | None = None, hint: str = "") -> tuple[Ref, float]:
    """Emit function(x) as one table over sign, exponent and the first bits of the mantissa of `x`.

    With a table of 4095 entries x is rounded to 2**-7 of itself, or 2**-8 where it has at most 16 bits.
    Arguments and results are those of `tables.lookup`.
    """
    data = narrow(q, x, MOST_BITS)
    sign = q.emit("cvm.cvm_clip", data.ref, precision=2, hint="sign")
    # The table needs 2 * highest * 2**bits + 3 entries.
    bits = count_bits((entries(q) - 3) // (2 * (q.bits(data.ref) - 1))) - 1
    parts = split(q, q.emit("cvm.abs", data.ref, hint="abs"), bits)
    magnitude = _magnitude(q, parts)
    signed = q.emit("cvm.broadcast_mul", magnitude, sign, hint="signed")
    half = (parts.highest << bits) + 1
    index = q.emit("cvm.broadcast_add", signed, q.constant("middle", np.array([half])), hint="index")
    with np.errstate(all="ignore"):
        reals = function(_points(parts) / data.scale)
    return emit_table(q, index, reals, largest, hint)


def _magnitude(q: Lowering, parts: Floating) -> Ref:
    """The place of |x| among the table's positive entries, from 1; below that for 0, whose sign is 0 too."""
    step = q.emit("cvm.broadcast_mul", parts.exponent, q.constant("step", np.array([1 << parts.bits])), hint="step")
    whole = q.emit("cvm.broadcast_add", step, parts.fraction, hint="whole")
    return q.emit("cvm.broadcast_sub", whole, q.constant("least", np.array([(1 << parts.bits) - 1])), hint="magnitude")


def _points(parts: Floating) -> NDArray[np.float64]:
    """The number that each entry stands for, in steps of x: negative ones, 0, positive ones."""
    positive = np.outer(parts.exponents()[1:], parts.mantissas()[:-1]).reshape(-1)
    positive = np.append(positive, 2 * parts.exponents()[-1])
    return np.concatenate([-positive[::-1], [0.0], positive])
