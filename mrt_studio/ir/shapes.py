"""Shape rules that operators of both dialects share."""

from __future__ import annotations

from itertools import zip_longest

from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Shape


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape that `a` and `b` broadcast to (numpy's rule).

    Raises:
        ShapeError: an axis differs and neither size is one.
    """
    sizes = list[int]()
    for x, y in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if x != y and 1 not in (x, y):
            raise ShapeError(f"Shapes {a} and {b} do not broadcast.")
        sizes.append(y if x == 1 else x)
    return tuple(reversed(sizes))


def axes_of(shape: Shape, axis: tuple[int, ...]) -> tuple[int, ...]:
    """The axes as sorted non-negative numbers; none given means all.

    Raises:
        ShapeError: an axis does not exist or is named twice.
    """
    rank = len(shape)
    if any(not -rank <= a < rank for a in axis):
        raise ShapeError(f"The axes {axis} do not exist in {shape}.")
    found = tuple(sorted({a % rank for a in axis})) or tuple(range(rank))
    if axis and len(found) != len(axis):
        raise ShapeError(f"The axes {axis} name one axis twice.")
    return found


def reduced(shape: Shape, axis: tuple[int, ...], *, keepdims: bool) -> Shape:
    """The shape after reducing over `axis`; a full reduction without kept axes gives (1,)."""
    gone = axes_of(shape, axis)
    if keepdims:
        return tuple(1 if i in gone else s for i, s in enumerate(shape))
    return tuple(s for i, s in enumerate(shape) if i not in gone) or (1,)
