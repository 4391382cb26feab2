"""A function of one number as a lookup table over the range that the number can have."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.fixedpoint import INT32_BITS, bits_for, int_range, quantize_array, scale_for
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import WIDE_BITS
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.narrowing import narrow

Reals = NDArray[np.float64]
Function = Callable[[Reals], Reals]

_WIDEST = 24
"""Bits of what asks a table before its first entry is taken off: a narrow range far from zero needs many."""

_SPARE = 4
"""Bits that x keeps before it is multiplied: few enough for an exact multiplier, and enough that rounding twice does not show."""


def entries(q: Lowering) -> int:
    """How many entries a table may have: one for each number of `table_bits` bits."""
    return (1 << q.options.table_bits) - 1


def lookup(
    q: Lowering,
    x: Operand,
    function: Function,
    *,
    largest: float | None = None,
    domain: tuple[float, float] = (-math.inf, math.inf),
    hint: str = "",
) -> tuple[Ref, float]:
    """Emit function(x) as a table of at most 2**table_bits - 1 entries of 16 bits [MRT, which takes 8 bits].

    The table covers what both the threshold of `x` and `domain` allow; x beyond gets the value at that end. Where
    the integers of x have few enough values they ask the table as they are, and no accuracy is lost but that of the entries.
    Otherwise x is rounded to steps of the covered range / 2**table_bits.

    Args:
        q: the lowering.
        x: what the function is applied to.
        function: float64 in, float64 out, one value each; where it is not a number the table has 0.
        largest: magnitude at which the values are cut; that of the largest value if None.
        domain: where the function is defined, or beyond which it hardly changes.
        hint: names the lookup as a helper; it is the node's main operator without.

    Returns:
        The integers and their scale, range(16) / largest.
    """
    index, first, last = _index(q, x, domain)
    with np.errstate(all="ignore"):
        reals = function(np.clip(np.arange(first, last + 1) / index.scale, *_covered(x.threshold, domain)))
    return emit_table(q, _offset(q, index, first, last), reals, largest, hint)


def emit_table(q: Lowering, index: Ref, reals: Reals, largest: float | None, hint: str) -> tuple[Ref, float]:
    """Look `index` up in a table of real numbers; returns the 16-bit integers and their scale."""
    values = np.nan_to_num(reals, nan=0.0, posinf=math.inf, neginf=-math.inf)
    limit = float(np.abs(values).max()) if largest is None else largest
    scale = scale_for(limit, WIDE_BITS)
    table = q.constant("table", quantize_array(np.clip(values, -limit, limit), scale, WIDE_BITS))
    return q.emit("cvm.cvm_lut", index, table, in_dim=values.size, hint=hint), scale


def _covered(threshold: float, domain: tuple[float, float]) -> tuple[float, float]:
    """The interval that the table is made for; a single point where the two do not meet."""
    low, high = (min(max(end, domain[0]), domain[1]) for end in (-threshold, threshold))
    return low, high


def _index(q: Lowering, x: Operand, domain: tuple[float, float]) -> tuple[Quantized, int, int]:
    """The integers that ask the table, and the first and last integer that the table has an entry for."""
    low, high = _covered(x.threshold, domain)
    most = entries(q)
    x = narrow(q, x, INT32_BITS - 1)
    if low == high:
        return x, 0, 0
    first, last = math.floor(low * x.scale), math.ceil(high * x.scale)
    if last - first < most:
        return x, first, last
    # The ends' rounding may add two entries, and that of the multiplier a 64th.
    scale = min((most - 2) * 63 / 64 / (high - low), int_range(_WIDEST) / max(-low, high))
    bits = min(bits_for(x.threshold * scale), _WIDEST)
    x = q.requant(narrow(q, x, min(bits + _SPARE, _WIDEST + 2)), bits, scale)
    return x, math.floor(low * x.scale), math.ceil(high * x.scale)


def _offset(q: Lowering, index: Quantized, first: int, last: int) -> Ref:
    """The index counted from the table's first entry."""
    if first == last:
        return index.ref
    shift: Any = np.array([-first], np.int64)
    return q.emit("cvm.broadcast_add", index.ref, q.constant("first", shift), hint="index") if first else index.ref
