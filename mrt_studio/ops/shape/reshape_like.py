"""The shape of another tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


def _end() -> int | None:
    return integer(None, low=-8, high=8, optional=True)


@operator("reshape_like")
@dataclass(frozen=True, kw_only=True)
class ReshapeLike(Rewritten):
    """The first tensor with some of its axes replaced by axes of the second.

    `lhs_begin` to `lhs_end` go, `rhs_begin` to `rhs_end` come; without numbers a tensor is taken whole. Only the shape of
    the second one is read.
    """

    arity = (2, 2)
    category = "shape"
    input_names = ("lhs", "rhs")
    tolerance = 0.0  # values only move

    lhs_begin: int | None = _end()
    lhs_end: int | None = _end()
    rhs_begin: int | None = _end()
    rhs_end: int | None = _end()

    samples = (
        Sample({}, ((2, 12), (2, 3, 4))),
        Sample({"lhs_begin": 0, "lhs_end": 1, "rhs_begin": 0, "rhs_end": -1}, ((6, 5), (2, 3, 4))),
        Sample({"lhs_begin": -1, "rhs_begin": 1, "rhs_end": 3}, ((2, 12), (5, 3, 4))),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes before and behind the replaced axes, and those that replace them."""
        lhs, rhs = inputs
        begin, end = _part(lhs, self.lhs_begin, self.lhs_end)
        sizes = (*lhs[:begin], *rhs[slice(*_part(rhs, self.rhs_begin, self.rhs_end))], *lhs[end:])
        if math.prod(sizes) != math.prod(lhs):
            raise ShapeError(f"{lhs} cannot be reshaped to {sizes}.", why="The number of elements would be another.")
        return (sizes,)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A reshape that leaves the batch open."""
        sizes = self.infer((b.shape(x[0]), b.shape(x[1])))[0]
        return b.op("Reshape", x[0], name=node.name, shape=(-1, *sizes[1:]))


def _part(shape: Shape, begin: int | None, end: int | None) -> tuple[int, int]:
    rank = len(shape)
    low = (begin or 0) + (rank if begin is not None and begin < 0 else 0)
    high = rank if end is None else end + rank if end < 0 else end
    if not 0 <= low < high <= rank:
        raise ShapeError(f"There are no axes from {begin} to {end} in {shape}.")
    return low, high
