"""The data of a layer of products as eight-bit integers: signed, unsigned with an offset, or fifteen bits in two parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import ACTIVATION_BITS
from mrt_studio.ops.lowering import Lowering, Operand, Quantized

OFFSET = int_range(ACTIVATION_BITS)
LOW_BITS = 7
"""Bits that the low part of wide data stands below the high one."""


@dataclass(frozen=True)
class Digits:
    """Eight-bit integers whose products with the weights add up.

    Attributes:
        refs: one tensor, or the high and the low part: value = high + low / 2**LOW_BITS.
        scale: of the first.
        threshold: of the data.
        offset: what was taken off the codes.
    """

    refs: tuple[Ref, ...]
    scale: float
    threshold: float
    offset: int = 0


def signed(q: Lowering, x: Operand) -> Digits:
    """Codes of -127 to 127 [MRT]."""
    data = q.requant(x, ACTIVATION_BITS)
    return Digits((data.ref,), data.scale, data.threshold)


def unsigned(q: Lowering, x: Quantized) -> Digits:
    """Codes of 0 to 254, less 127; tensors of at most eight bits stay signed, which loses nothing."""
    if not x.threshold or q.bits(x.ref) <= ACTIVATION_BITS:
        return signed(q, x)
    data = q.requant(x, ACTIVATION_BITS + 1, 2 * OFFSET / x.threshold)
    if not data.threshold:
        return signed(q, x)
    centred = q.emit("cvm.broadcast_add", data.ref, q.constant("offset", np.array([-OFFSET])), hint="centred")
    return Digits((q.emit("cvm.cvm_clip", centred, precision=ACTIVATION_BITS, hint="unsigned"),), data.scale, data.threshold, OFFSET)


def wide(q: Lowering, x: Operand) -> Digits:
    """Fifteen bits: x = 128 * high + low, exactly; tensors of at most eight bits stay as they are."""
    data = q.requant(x, ACTIVATION_BITS + LOW_BITS)
    if not data.threshold or q.bits(data.ref) <= ACTIVATION_BITS:
        return signed(q, x)
    high = q.emit("cvm.cvm_right_shift", data.ref, precision=ACTIVATION_BITS, shift_bit=LOW_BITS, hint="high")
    back = q.emit("cvm.broadcast_mul", high, q.constant("unit", np.array([1 << LOW_BITS])), hint="back")
    # Rounding leaves -64 to 63, and at most 127 where the high part was limited to 127.
    low = q.emit("cvm.cvm_clip", q.emit("cvm.broadcast_sub", data.ref, back, hint="rest"), precision=ACTIVATION_BITS, hint="low")
    return Digits((high, low), data.scale / (1 << LOW_BITS), data.threshold)
