"""Moves of axes that rewrites need: parameters are moved at once, data by operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Builder, Ref

Step = tuple[str, dict[str, Any]]
"""An operator of one input, and its attributes."""


def chain(b: Builder, x: Ref, steps: Sequence[Step], name: str | None) -> Ref:
    """Apply operators one after the other; the last one gets the name."""
    for left, (op, attributes) in zip(reversed(range(len(steps))), steps, strict=True):
        x = b.op(op, x, name=None if left else name, **attributes)
    return x


def transposed(b: Builder, x: Ref, axes: tuple[int, ...]) -> Ref:
    """Permute the axes."""
    array = b.array(x)
    return b.op("transpose", x, axes=axes) if array is None else b.param("transposed", np.ascontiguousarray(array.transpose(axes)))


def reshaped(b: Builder, x: Ref, shape: tuple[int, ...]) -> Ref:
    """The same values in another shape; -1 stands for what is left over."""
    array = b.array(x)
    return b.op("Reshape", x, shape=shape) if array is None else b.param("reshaped", array.reshape(shape))


def expanded(b: Builder, x: Ref, axis: int) -> Ref:
    """Insert an axis of size one in front of `axis`."""
    array = b.array(x)
    return b.op("expand_dims", x, axis=axis) if array is None else b.param("expanded", np.expand_dims(array, axis))


def part(b: Builder, x: Ref, axis: int, begin: int, end: int) -> Ref:
    """The elements from `begin` up to, not including, `end` along a non-negative axis."""
    array = b.array(x)
    if array is None:
        op, attributes = cut(axis, begin, end)
        return b.op(op, x, **attributes)
    return b.param("part", array[(slice(None),) * axis + (slice(begin, end),)])


def cut(axis: int, begin: int, end: int) -> Step:
    """The step that keeps the elements from `begin` up to, not including, `end` along a non-negative axis."""
    gaps = (None,) * axis
    return "slice", {"begin": (*gaps, begin), "end": (*gaps, end)}


def to_images(b: Builder, x: Ref, *, channels_last: bool) -> Ref:
    """(N, C, W), (N, W, C), (N, H, W, C) or (N, C, H, W) to (N, C, H, W); also for weights, whose filters are the first axis."""
    rank = len(b.shape(x))
    if channels_last:
        x = transposed(b, x, (0, rank - 1, *range(1, rank - 1)))
    return expanded(b, x, 2) if rank == 3 else x


def from_images(rank: int, *, channels_last: bool) -> list[Step]:
    """The steps that undo `to_images`."""
    steps = list[Step]()
    if rank == 3:
        steps.append(("squeeze", {"axis": (2,)}))
    if channels_last:
        steps.append(("transpose", {"axes": (0, *range(2, rank), 1)}))
    return steps


def refuse_volumes(op: str, rank: int) -> None:
    """Refuse data of five axes.

    Raises:
        UnsupportedError: the machine has windows over images only.
    """
    if rank == 5:
        raise UnsupportedError(
            f"{op} over volumes (3-D) is not supported.",
            why="The Cortex virtual machine slides windows over two axes only.",
            remedy="Split the model in front of it.",
        )
