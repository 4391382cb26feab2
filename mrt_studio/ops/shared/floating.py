"""Integers as mantissa and exponent, so that a table is equally good at every magnitude.

A positive integer of b bits is 2**(b-1) * (1 + f) with f in [0, 1). The machine's `cvm_precision` gives b; multiplying by
2**(15-b) from a table gives the mantissa in 15 bits, of which the upper ones ask tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import WIDE_BITS
from mrt_studio.ops.lowering import Lowering

MOST_BITS = 31
"""Precision of integers that can be taken apart: doubling them must stay in INT32."""

_MANTISSA = WIDE_BITS - 2
"""Bits of the mantissa behind its leading one."""


@dataclass(frozen=True)
class Floating:
    """Non-negative integers taken apart.

    Attributes:
        exponent: how many bits the integer has, 0 for 0.
        fraction: the mantissa without its leading one, 0 to 2**bits; whatever where the integer is 0.
        bits: of the fraction.
        highest: the largest exponent.
    """

    exponent: Ref
    fraction: Ref
    bits: int
    highest: int

    def exponents(self) -> NDArray[np.float64]:
        """The power of two that each exponent stands for; that of 1 also for 0."""
        return 2.0 ** np.maximum(np.arange(self.highest + 1) - 1, 0)

    def mantissas(self) -> NDArray[np.float64]:
        """The mantissa in [1, 2] that each fraction stands for."""
        return 1 + np.arange((1 << self.bits) + 1) / (1 << self.bits)


def split(q: Lowering, x: Ref, bits: int) -> Floating:
    """Take non-negative integers of at most `MOST_BITS` bits apart.

    The mantissa is right to half a step of `bits` bits, and a step of 14 bits more where x has more than 15 bits.
    """
    highest = q.bits(x) - 1
    exponents = np.arange(highest + 1)
    # The bits of 2x, less one, tell 0 from 1.
    doubled = q.emit("cvm.broadcast_add", x, x, hint="double")
    counted = q.emit("cvm.cvm_precision", doubled, hint="bits")
    exponent = q.emit("cvm.broadcast_sub", counted, q.constant("one", np.array([1])), hint="exponent")
    if highest > _MANTISSA + 1:
        divisors = 1 << np.maximum(exponents - _MANTISSA - 1, 0)
        divisor = q.emit("cvm.cvm_lut", exponent, q.constant("divisors", divisors), in_dim=highest + 1, hint="divisor")
        x = q.emit("cvm.cvm_clip", q.emit("cvm.broadcast_div", x, divisor, hint="high"), precision=WIDE_BITS, hint="high")
    factors = 1 << np.clip(_MANTISSA + 1 - exponents, 0, _MANTISSA)
    factor = q.emit("cvm.cvm_lut", exponent, q.constant("factors", factors), in_dim=highest + 1, hint="factor")
    mantissa = q.emit("cvm.broadcast_mul", x, factor, hint="mantissa")
    fraction = q.emit("cvm.broadcast_sub", q.emit("cvm.cvm_clip", mantissa, precision=WIDE_BITS, hint="mantissa"), _leading(q), hint="fraction")
    rounded = q.emit("cvm.cvm_right_shift", fraction, precision=bits + 2, shift_bit=_MANTISSA - bits, hint="fraction")
    return Floating(exponent, rounded, bits, highest)


def _leading(q: Lowering) -> Ref:
    return q.constant("leading", np.array([1 << _MANTISSA]))
