"""Elements at positions of several axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("gather_nd")
@dataclass(frozen=True, kw_only=True)
class GatherNd(Rewritten):
    """The elements of x at positions (M, ...), numbers for its first M axes.

    Positions in one axis may be computed; those in several are a parameter.
    """

    arity = (2, 2)
    category = "shape"
    input_names = ("data", "indices")
    tolerance = 0.01  # x has eight bits as an input, and its largest element may not be chosen; the choice is exact

    samples = (
        Sample({}, ((3, 4), (1, 5)), low=0, high=2, whole=True),
        Sample({}, ((4, 3), (1, 2, 2)), low=0, high=3, whole=True),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The positions' axes but the first, and the axes of x that are taken whole."""
        shape, positions = inputs
        if len(positions) < 2 or not 1 <= positions[0] <= len(shape):
            raise ShapeError(f"Positions of the shape {positions} do not name elements of {shape}.", why="The first axis has one number for each axis of x.")
        return ((*positions[1:], *shape[positions[0] :]),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Take from the flattened axes.

        Raises:
            UnsupportedError: positions in several axes are computed, or outside.
        """
        shape, count = b.shape(x[0]), b.shape(x[1])[0]
        if count == 1:
            index = b.op("Reshape", x[1], hint="index", shape=(-1, *b.shape(x[1])[2:]))
            return b.op("take", x[0], index, name=node.name, axis=0)
        array = b.array(x[1])
        if array is None:
            raise UnsupportedError(
                f"gather_nd with computed positions in {count} axes is not supported.",
                why="They would have to be multiplied and added without any rounding.",
                remedy="Store the positions as a parameter, or split the model below it.",
            )
        positions = np.trunc(array).astype(np.int64)
        sizes = np.array(shape[:count]).reshape(-1, *(1,) * (array.ndim - 1))
        if ((positions < -sizes) | (positions >= sizes)).any():
            raise UnsupportedError(f"gather_nd reads positions outside of {shape}.", remedy="Check the model's positions.")
        strides = np.array([math.prod(shape[i + 1 : count]) for i in range(count)]).reshape(sizes.shape)
        index = b.param("index", ((positions % sizes) * strides).sum(axis=0).astype(np.float32))
        flat = b.op("Reshape", x[0], hint="flat", shape=(-1, *shape[count:]))
        return b.op("take", flat, index, name=node.name, axis=0)
