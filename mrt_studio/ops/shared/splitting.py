"""What operators that cut a tensor into pieces share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.shared.axes import replaced


def even_cuts(size: int, count: int) -> list[int]:
    """Where `count` pieces of an axis begin, and where the last one ends.

    The first ones are one longer where it does not come out even.
    """
    each, more = divmod(size, count)
    return [i * each + min(i, more) for i in range(count + 1)]


def shapes_of(shape: Shape, axis: int, cuts: Sequence[int], *, squeeze: bool) -> tuple[Shape, ...]:
    """The shape of each piece.

    Raises:
        ShapeError: a piece is empty or, with `squeeze`, has another size than one.
    """
    sizes = [end - begin for begin, end in pairwise(cuts)]
    if min(sizes) < 1 or cuts[-1] > shape[axis]:
        raise ShapeError(f"The axis {axis} of {shape} cannot be cut at {tuple(cuts)}.", why="Each piece needs an element.")
    if squeeze and set(sizes) != {1}:
        raise ShapeError(f"The axis {axis} of the pieces cannot be squeezed.", why=f"Their sizes are {tuple(sizes)}, not one.")
    return tuple(replaced(shape, axis) or (1,) if squeeze else replaced(shape, axis, size) for size in sizes)


def pieces(b: Builder, node: Node, x: Ref, axis: int, cuts: Sequence[int], *, squeeze: bool) -> tuple[Ref, ...]:
    """One slice for each piece; the first takes the node's name."""
    gaps, size = (None,) * axis, b.shape(x)[axis]
    found = list[Ref]()
    for i, (begin, end) in enumerate(pairwise(cuts)):
        name, hint = (None, f"part{i}") if i or squeeze else (node.name, "")
        ref = b.op("slice", x, name=name, hint=hint, begin=(*gaps, begin), end=(*gaps, None if end == size else end))
        found.append(b.op("squeeze", ref, name=None if i else node.name, hint=f"output{i}", axis=(axis,)) if squeeze else ref)
    return tuple(found)


def batch_pieces(b: Builder, node: Node, x: Ref, count: int, *, squeeze: bool) -> tuple[Ref, ...]:
    """`count` equal pieces of the batch, whatever its size.

    A new axis in front of it numbers them.
    """
    rest = b.shape(x)[1:]
    stacked = b.op("Reshape", x, hint="stacked", shape=(count, -1, *rest), reverse=True)
    found = list[Ref]()
    for i in range(count):
        ref = b.op("slice", stacked, hint=f"part{i}", begin=(i,), end=(i + 1,))
        name = None if i else node.name
        if squeeze and rest:
            found.append(b.op("squeeze", ref, name=name, hint=f"output{i}", axis=(0, 1)))
        else:
            found.append(b.op("Reshape", ref, name=name, hint=f"output{i}", shape=(-1, *rest)))
    return tuple(found)
