"""Normalisation of integers: one rule for instances, layers, groups and vectors.

x / sqrt(mean(x**2) + eps) does not change when x and sqrt(eps) are multiplied by one number, so it needs neither a scale nor
thresholds inside: the mean is right to 2**-11 of a step of x, and blocks.py gives each block the digits it needs.
Error: less than 4e-4 of the largest result at 12 table bits; a block whose values are all equal gives exactly zero.
Beside an eps that is far larger than all squares, the result is (x - mean) / sqrt(eps).
"""

from __future__ import annotations

import math

import numpy as np

from mrt_studio.errors import QuantizationError, UnsupportedError
from mrt_studio.fixedpoint import INT32_BITS, count_bits, int_range
from mrt_studio.ir.graph import Builder, Node, Op, Ref, Shape
from mrt_studio.ops.base import WIDE_BITS
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.blocks import BLOCK_BITS, MOST_FLOOR, block_bits, clipped, in_blocks, times
from mrt_studio.ops.shared.narrowing import narrow
from mrt_studio.ops.shared.reducing import shape_of
from mrt_studio.ops.shared.reductions import reduce

_FACTOR = INT32_BITS - WIDE_BITS - 2
"""Exponent of the power of two that widens a numerator of sixteen bits; the machine counts two bits more for it."""


def centred(q: Lowering, x: Operand, axes: tuple[int, ...], eps: float) -> tuple[Ref, float]:
    """Emit the node's result (x - mean) / sqrt(variance + eps); returns its scale too.

    Raises:
        QuantizationError: a block is too large.
    """
    bits = block_bits(shape_of(q, x), axes)
    data = narrow(q, x, min(WIDE_BITS, BLOCK_BITS - bits))
    shape, precision = q.shape(data.ref), q.bits(data.ref)
    count = math.prod(shape[a] for a in axes)
    # What the bits of count * mean and of the difference leave.
    room = min(BLOCK_BITS - 3 - precision, BLOCK_BITS - 2 - bits)
    extra, floor = _room(room, math.sqrt(eps * count / 2**bits) * data.scale)
    linear = _vanishes(precision, extra, room)
    factor = 1 << (room if linear else extra)
    mean = _mean(q, reduce(q, "sum", data.ref, axes, keepdims=True, hint="sum"), count, precision, factor)
    parts = q.emit("cvm.broadcast_sub", times(q, data.ref, factor, "wide"), mean, hint="centred")
    if linear:
        return parts, data.scale * factor * math.sqrt(eps)
    return _normalised(q, parts, axes, 2 * int_range(precision) * factor, floor, count)


def plain(q: Lowering, x: Operand, axes: tuple[int, ...], eps: float) -> tuple[Ref, float]:
    """Emit the node's result x / sqrt(sum of squares + eps); returns its scale too.

    Raises:
        QuantizationError: a block is too large.
    """
    bits = block_bits(shape_of(q, x), axes)
    data = narrow(q, x, WIDE_BITS)
    precision = q.bits(data.ref)
    room = BLOCK_BITS - 2 - precision
    extra, floor = _room(room, math.sqrt(eps / 2**bits) * data.scale)
    if _vanishes(precision, extra, room):
        return data.ref, data.scale * math.sqrt(eps)
    wide = times(q, data.ref, 1 << extra, "wide")
    return _normalised(q, wide, axes, int_range(precision) << extra, floor, 1)


def _mean(q: Lowering, total: Ref, count: int, precision: int, factor: int) -> Ref:
    """The mean times `factor`, toward zero; in two steps, which stay in INT32."""
    divisor = q.constant("count", np.array([count]))
    whole = clipped(q, q.emit("cvm.broadcast_div", total, divisor, hint="whole"), precision, "whole")
    rest = q.emit("cvm.broadcast_sub", total, times(q, whole, count, "counted"), hint="rest")
    rest = times(q, clipped(q, rest, count_bits(count) + 1, "rest"), factor, "rest")
    part = clipped(q, q.emit("cvm.broadcast_div", rest, divisor, hint="part"), count_bits(factor), "part")
    mean = q.emit("cvm.broadcast_add", times(q, whole, factor, "whole"), part, hint="mean")
    return clipped(q, mean, precision + count_bits(factor) - 1, "mean")


def _normalised(q: Lowering, x: Ref, axes: tuple[int, ...], bound: int, floor: int, count: int) -> tuple[Ref, float]:
    """Divide the units by the root; `bound` is that of x."""
    blocks = in_blocks(q, x, axes, bound=bound, floor=floor)
    numerator = times(q, blocks.unit, 1 << _FACTOR, "numerator")
    out = q.emit("cvm.broadcast_div", numerator, blocks.root)
    return out, 2.0 ** (_FACTOR + blocks.finer) / blocks.root_scale * math.sqrt(2**blocks.spare / count)


def _room(room: int, floor: float) -> tuple[int, int]:
    """Which power of two x and its floor are multiplied by, and the floor then."""
    extra = min(room, math.floor(math.log2(MOST_FLOOR / floor))) if floor > 0 else room
    return extra, round(math.ldexp(floor, extra))


def _vanishes(precision: int, extra: int, room: int) -> bool:
    """Whether numbers of these bits are below 2**-13 of their floor, which alone limits `extra`: then their squares are nothing beside eps."""
    return extra < room and precision + extra < WIDE_BITS


def with_affine(b: Builder, node: Node, op: Op, x: tuple[Ref, ...], shape: Shape, *, named: bool = True) -> Ref | None:
    """Take scale and shift out of a normalisation, or None where there are none left.

    Args:
        b: the builder.
        node: what is rewritten.
        op: the operator to apply with gamma one and beta zero, for instance that of `node`.
        x: data, gamma, beta.
        shape: what gamma and beta are reshaped to, so that they broadcast.
        named: whether the result takes the name of `node`.

    Raises:
        UnsupportedError: gamma or beta is computed.
    """
    gamma, beta = b.array(x[1]), b.array(x[2])
    if gamma is None or beta is None:
        raise UnsupportedError(
            f"{op.name} with computed gamma or beta is not supported.",
            where=f"{node.op.name} {node.name!r}",
            remedy="Store both as parameters, or multiply and add in operators of their own.",
        )
    if (gamma == 1).all() and (beta == 0).all():
        return None
    ones, zeros = b.param("ones", np.ones_like(gamma)), b.param("zeros", np.zeros_like(beta))
    normal = b.apply(op, (x[0], ones, zeros), hint="normalised")
    scaled = b.op("broadcast_mul", normal, b.param("scale", gamma.reshape(shape)), hint="scaled")
    return b.op("broadcast_add", scaled, b.param("shift", beta.reshape(shape)), name=node.name if named else None, hint="shifted")


def check_affine(x: tuple[Operand, ...]) -> None:
    """Refuse a normalisation that still has a scale or a shift.

    Raises:
        QuantizationError: the model was not prepared.
    """
    if any(isinstance(p, Quantized) or (p.array != value).any() for p, value in zip(x[1:], (1, 0), strict=True)):
        raise QuantizationError("The normalisation still has gamma and beta.", remedy="Prepare the model before it is quantized.")
