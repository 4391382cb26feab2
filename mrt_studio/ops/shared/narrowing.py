"""Bring integers to fewer bits without a multiplier: what rules need that take their input at any scale."""

from __future__ import annotations

from mrt_studio.fixedpoint import INT32_BITS
from mrt_studio.ops.base import WIDE_BITS
from mrt_studio.ops.lowering import Lowering, Operand, Parameter, Quantized


def narrow(q: Lowering, x: Operand, most: int) -> Quantized:
    """`x` in at most `most` bits: a parameter in sixteen, a wider tensor shifted right (rounding half up)."""
    if isinstance(x, Parameter):
        return q.requant(x, min(most, WIDE_BITS))
    bits = q.bits(x.ref)
    if bits <= most:
        return x
    shift = bits - most
    more = int(bits == INT32_BITS)  # without room to round up the CPU back end does not limit, so cvm_clip does
    ref = q.emit("cvm.cvm_right_shift", x.ref, precision=most + more, shift_bit=shift, hint="narrow")
    if more:
        ref = q.emit("cvm.cvm_clip", ref, precision=most, hint="narrow")
    return Quantized(ref, x.scale / (1 << shift), most, x.threshold)
