"""Comparisons and conditions that give exactly 0 or 1, in two bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from mrt_studio.fixedpoint import INT32_BITS, int_range
from mrt_studio.ir.graph import Array, Ref
from mrt_studio.ops.lowering import Lowering, Operand, Parameter, Quantized
from mrt_studio.ops.shared.alignment import aligned

Kind = Literal["greater", "greater_equal", "lesser", "lesser_equal", "equal", "not_equal"]

TRUTH_BITS = 2
_COMPARED_BITS = 24
"""Precision of two tensors of different scales: with eight bits left the scales agree to 2**-15 or better."""


def compared(q: Lowering, kind: Kind, above: Callable[[str], Ref], below: Callable[[str], Ref]) -> Ref:
    """Emit a comparison of a and b as the node's main operator.

    Args:
        q: the lowering.
        kind: which comparison.
        above: emits 1 where a > b under the hint that it gets.
        below: emits 1 where a < b.
    """
    if kind == "greater":
        return above("")
    if kind == "lesser":
        return below("")
    if kind == "greater_equal":
        return opposite(q, below("less"))
    if kind == "lesser_equal":
        return opposite(q, above("more"))
    differs = q.emit("cvm.broadcast_add", above("more"), below("less"), hint="differs" if kind == "equal" else "")
    return opposite(q, differs) if kind == "equal" else as_bit(q, differs)


def exceeds(q: Lowering, a: Operand, b: Operand, hint: str) -> Ref:
    """1 where a > b, else 0, for what the integers stand for.

    A tensor is compared with a parameter exactly and at its own scale s: for integers X > c * s where X > floor(c * s),
    and c * s > X where ceil(c * s) > X. Tensors of one scale are compared as they are.
    """
    if isinstance(a, Quantized) and isinstance(b, Parameter):
        return greater(q, a.ref, q.constant(b.name, _scaled(b, a.scale, np.floor)), hint)
    if isinstance(a, Parameter) and isinstance(b, Quantized):
        return greater(q, q.constant(a.name, _scaled(a, b.scale, np.ceil)), b.ref, hint)
    # What is far beyond the smaller one compares as if it were nearer; the factor leaves room above what its codes reach.
    left, right = aligned(q, (a, b), 4 * min(a.threshold, b.threshold), _COMPARED_BITS)
    return greater(q, left.ref, right.ref, hint)


def greater(q: Lowering, a: Ref, b: Ref, hint: str = "") -> Ref:
    """1 where a > b, else 0, of integers at one scale; broadcasts."""
    # The machine gives the result the precision of a, which must hold a 1.
    wide = a if q.bits(a) >= TRUTH_BITS else q.emit("cvm.cvm_clip", a, precision=TRUTH_BITS, hint="wide")
    return as_bit(q, q.emit("cvm.broadcast_greater", wide, b, hint=hint))


def opposite(q: Lowering, truth: Ref, hint: str = "") -> Ref:
    """1 where `truth` is 0, else 0; it is not negative."""
    return q.emit("cvm.broadcast_greater", q.constant("one", np.array([1])), truth, hint=hint)


def as_bit(q: Lowering, truth: Ref) -> Ref:
    """The same in two bits: what is above 0 becomes 1."""
    return truth if q.bits(truth) <= TRUTH_BITS else q.emit("cvm.cvm_clip", truth, precision=TRUTH_BITS, hint="bit")


def nonzero(q: Lowering, x: Operand, hint: str) -> Ref:
    """1 where x is not zero, else 0, at any scale."""
    if isinstance(x, Parameter):
        return q.constant(hint, (_limited(x) != 0).astype(np.int64))
    return q.emit("cvm.cvm_clip", q.emit("cvm.abs", x.ref, hint="magnitude"), precision=TRUTH_BITS, hint=hint)


def _limited(x: Parameter) -> Array:
    return np.clip(x.array.astype(np.float64), -x.threshold, x.threshold)


def _scaled(x: Parameter, scale: float, direction: Callable[[Any], Any]) -> Array:
    """The parameter at `scale`, rounded up or down to INT32; what float32 cannot tell from an integer is that integer."""
    reals = _limited(x) * scale
    whole = np.rint(reals)
    rounded = np.where(abs(reals - whole) <= 1e-7 * abs(whole), whole, direction(reals))
    limit = int_range(INT32_BITS)
    return np.clip(rounded, -limit, limit).astype(np.int64)
