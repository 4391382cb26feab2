"""Bring operands to one scale, as fine as what is asked of them allows."""

from __future__ import annotations

from dataclasses import replace

from mrt_studio.fixedpoint import INT32_BITS, bits_for, int_range, scale_for
from mrt_studio.ops.base import WIDE_BITS
from mrt_studio.ops.lowering import Lowering, Operand, Parameter, Quantized
from mrt_studio.ops.shared.narrowing import narrow

_RAW_BITS = 27
"""Most bits of operands that stay as they are: their difference, masked and added again, stays in INT32."""


def aligned(q: Lowering, xs: tuple[Operand, ...], limit: float, precision: int = WIDE_BITS) -> tuple[Quantized, ...]:
    """The operands at one scale.

    They stay as they are if all have the same scale, and get `precision` bits else. Numbers beyond `limit` may be cut
    there, so that a large operand does not cost a small one its digits. Tensors are brought to sixteen bits first, which
    leaves sixteen for the multiplier: a common scale is then right to 2**-15.

    Args:
        q: the lowering.
        xs: tensors and parameters.
        limit: the magnitude up to which numbers matter; 0 means all.
        precision: bits of the results.
    """
    tensors = [x for x in xs if isinstance(x, Quantized)]
    if len(tensors) == len(xs) and len({x.scale for x in tensors}) == 1 and max(q.bits(x.ref) for x in tensors) <= _RAW_BITS:
        return tuple(tensors)
    largest = max(x.threshold for x in xs)
    limit = min(limit, largest) if limit else largest
    near = [x if isinstance(x, Parameter) else narrow(q, _cut(q, x, limit), WIDE_BITS) for x in xs]
    # No multiplier beyond INT32.
    reachable = [x.scale * 2.0 ** (INT32_BITS - 2 - q.bits(x.ref)) for x in near if isinstance(x, Quantized)]
    scale = min([scale_for(limit, precision), *reachable])
    return tuple(replace(q.requant(x, precision, scale), scale=scale) for x in near)


def _cut(q: Lowering, x: Quantized, limit: float) -> Quantized:
    """The tensor in as few bits as `limit` needs."""
    bits = bits_for(limit * x.scale) + 1
    if q.bits(x.ref) <= bits:
        return x
    return replace(x, ref=q.emit("cvm.cvm_clip", x.ref, precision=bits, hint="near"), precision=bits, threshold=min(x.threshold, int_range(bits) / x.scale))
