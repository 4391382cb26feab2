"""What conv2d and dense share: the bits of a sum of products, and its exactness in float32."""

from __future__ import annotations

from mrt_studio.cvm.ops.base import at_most, fits_int32
from mrt_studio.fixedpoint import count_bits
from mrt_studio.ir.graph import Array

PIECE = 1040
"""Products of two eight-bit numbers that float32 adds exactly in any order: 1040 * 127**2 < 2**24."""

_OPERAND_REMEDY = "Quantize this input to eight bits."
_SUM_REMEDY = "Lower the precision of the input or the weight, split the layer over its input channels, or, for a wide bias, raise the input's threshold."


def product_bits(inputs: tuple[int, ...], count: int) -> int:
    """p(x) + p(w) + bits(count), with a bias max(that, p(bias)) + 1 [CVM].

    Raises:
        OverflowError32: an operand has more than eight bits, or the sum more than 32.
    """
    at_most(inputs[0], 8, "The input of the product", _OPERAND_REMEDY)
    at_most(inputs[1], 8, "The weight", _OPERAND_REMEDY)
    bits = inputs[0] + inputs[1] + count_bits(count)
    if len(inputs) == 3:
        bits = max(bits, inputs[2]) + 1
    return fits_int32(bits, _SUM_REMEDY)


def product_bound(bounds: tuple[int, ...], params: tuple[Array | None, ...], count: int) -> int:
    """The certificate: bound(x) times the largest L1 norm of an output's weights, plus its bias.

    Every partial sum, in any order and with fused multiply-add, stays within it.
    """
    weight, bias = params[1], params[2] if len(params) == 3 else None
    if weight is None:
        return bounds[0] * bounds[1] * count + (bounds[2] if len(bounds) == 3 else 0)
    norms = abs(weight.astype("int64")).reshape(len(weight), -1).sum(axis=1) * bounds[0]
    if bias is not None:
        norms = norms + abs(bias.astype("int64"))
    elif len(bounds) == 3:
        norms = norms + bounds[2]
    return int(norms.max())


def pieces(channels: int, step: int) -> list[range]:
    """The input channels in runs of at most `step`."""
    return [range(start, min(start + step, channels)) for start in range(0, channels, step)]
