"""Square sums of integers, for each block of a tensor with the digits it needs.

Blocks, such as the channels of an image, may differ in magnitude by far more than sixteen bits can show beside each other. So each
block is divided by a whole number that brings its largest integer to fifteen bits:

    unit = x / divisor      divisor = (max |x| + floor) / 2**15 + 1      squares = (sum unit**2) / 2**spare + (floor / divisor)**2 / 2

The root of `squares` and the units then are equally good in every block, and no threshold is needed. Where the floor is larger than
every x, all units are small: the divisor is a multiple of a power of two, without which the units keep `finer` bits more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import INT32_BITS, count_bits
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import WIDE_BITS
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.powers import magnitude_power
from mrt_studio.ops.shared.reductions import reduce

BLOCK_BITS = INT32_BITS - 2
"""Bits of what is divided into units; with the floor it has one more."""

MOST_FLOOR = (1 << (BLOCK_BITS - 1)) - 1
"""The largest floor."""

_MOST_FINER = 15
"""The largest `Blocks.finer`: the shift that makes the divisor is no larger than 30 bits."""

_UNIT = WIDE_BITS - 1
_MOST_COUNT_BITS = 20
"""Bits of the number of elements of a block that leave eight bits to their mean's parts, and to their squares."""


@dataclass(frozen=True)
class Blocks:
    """A tensor in blocks.

    Attributes:
        unit: sixteen bits; the units above times 2**finer.
        divisor: one number a block: x is unit * divisor.
        root: one number a block: the root of `squares` times `root_scale`.
        root_scale: see `root`.
        spare: the power of two that square sums were divided by, rounded.
        finer: see `unit`.
    """

    unit: Ref
    divisor: Ref
    root: Ref
    root_scale: float
    spare: int
    finer: int


def block_bits(shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    """Bits that the sum over a block adds.

    Raises:
        QuantizationError: the block is too large.
    """
    count = math.prod(shape[a] for a in axes)
    if (bits := count_bits(count)) > _MOST_COUNT_BITS:
        raise QuantizationError(
            f"Blocks of {count:,} numbers cannot be normalised.",
            why="Their sums would leave INT32.",
            remedy="Use a smaller input, or split the model in front of it.",
        )
    return bits


def in_blocks(q: Lowering, x: Ref, axes: tuple[int, ...], *, bound: int, floor: int = 0) -> Blocks:
    """Divide integers into units and take the root of their square sums.

    Args:
        q: the lowering.
        x: integers of at most `BLOCK_BITS` bits.
        axes: the axes of a block, not negative, the batch not among them.
        bound: the largest magnitude of x; zero where its threshold is.
        floor: see above; at most `MOST_FLOOR`.
    """
    finer = min(max((floor // max(bound, 1)).bit_length() - 1, 0), _MOST_FINER)
    divisor = _divisor(q, x, axes, floor, _UNIT + finer)
    unit = clipped(q, q.emit("cvm.broadcast_div", x, divisor, hint="quotient"), WIDE_BITS, "unit")
    rough = q.emit("cvm.cvm_right_shift", unit, precision=WIDE_BITS, shift_bit=finer, hint="rough") if finer else unit
    spare = block_bits(q.shape(x), axes) + 1
    square = q.emit("cvm.broadcast_mul", rough, rough, hint="square")
    part = q.emit("cvm.cvm_right_shift", square, precision=INT32_BITS - 1 - spare, shift_bit=spare, hint="part")
    total = reduce(q, "sum", part, axes, keepdims=True, hint="total")
    if floor:
        low = clipped(q, q.emit("cvm.broadcast_div", q.constant("floor", np.array([floor >> finer])), divisor, hint="low"), WIDE_BITS, "low")
        low_square = q.emit("cvm.broadcast_mul", low, low, hint="low_square")
        half = q.emit("cvm.cvm_right_shift", low_square, precision=INT32_BITS - 2, shift_bit=1, hint="low_half")
        total = q.emit("cvm.broadcast_add", total, half, hint="squares")
    squares = Quantized(total, 1.0, q.bits(total), float(1 << (2 * _UNIT - 1)))
    _, root, scale = magnitude_power(q, squares, 0.5, math.sqrt(squares.threshold))
    return Blocks(unit, divisor, root, scale, spare, finer)


def _divisor(q: Lowering, x: Ref, axes: tuple[int, ...], floor: int, shift: int) -> Ref:
    peak = reduce(q, "max", q.emit("cvm.abs", x, hint="abs"), axes, keepdims=True, hint="peak")
    if floor:
        peak = q.emit("cvm.broadcast_add", peak, q.constant("floor", np.array([floor])), hint="raised")
    bits = max(q.bits(peak) - shift, 1) + 1
    high = q.emit("cvm.cvm_right_shift", peak, precision=bits, shift_bit=shift, hint="high")
    # A divisor above peak / 2**shift keeps the unit in sixteen bits.
    return q.emit("cvm.broadcast_add", high, q.constant("one", np.array([1])), hint="divisor")


def times(q: Lowering, x: Ref, factor: int, hint: str) -> Ref:
    """Integers times a positive whole number."""
    return x if factor == 1 else q.emit("cvm.broadcast_mul", x, q.constant("factor", np.array([factor])), hint=hint)


def clipped(q: Lowering, x: Ref, precision: int, hint: str) -> Ref:
    """Integers limited to the bits that they are known to need."""
    return x if q.bits(x) <= precision else q.emit("cvm.cvm_clip", x, precision=precision, hint=hint)
