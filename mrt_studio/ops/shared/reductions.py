"""Sums and maxima of integers in the forms on which all back ends of the machine agree."""

from __future__ import annotations

from typing import Literal

from mrt_studio.ir.graph import Ref
from mrt_studio.ir.shapes import axes_of
from mrt_studio.ops.lowering import Lowering


def reduce(q: Lowering, kind: Literal["sum", "max"], x: Ref, axes: tuple[int, ...], *, keepdims: bool = False, hint: str = "") -> Ref:
    """Reduce integers along axes; none named means all.

    The runtime may read the wrong elements where it keeps an axis of size one, wherever that stands. Reducing such an
    axis too changes no value and leaves nothing to misread; it is put back where it is to be kept. The first axis, the
    batch, may grow and stays: a first axis of size one is never misread.

    Args:
        q: the lowering.
        kind: the machine's operator.
        x: integers of any shape.
        axes: what is reduced; negative numbers count from the end.
        keepdims: whether the reduced axes stay with size one.
        hint: names the last operator as a helper; it is the node's main one without.

    Raises:
        ShapeError: an axis does not exist or is named twice.
    """
    shape = q.shape(x)
    gone = axes_of(shape, axes)
    ones = tuple(i for i in range(1, len(shape)) if shape[i] == 1 and i not in gone)
    if not ones or keepdims:
        return q.emit(f"cvm.{kind}", x, axis=tuple(sorted(gone + ones)), keepdims=keepdims, hint=hint)
    total = q.emit(f"cvm.{kind}", x, axis=tuple(sorted(gone + ones)), keepdims=True, hint=kind)
    return q.emit("cvm.squeeze", total, axis=gone, hint=hint)
