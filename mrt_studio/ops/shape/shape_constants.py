"""Numbers that follow from a tensor's shape alone, and so are constants."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.attributes import integer, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.axes import axis_of
from mrt_studio.ops.shared.made import check_made


@operator("shape_array")
@dataclass(frozen=True, kw_only=True)
class ShapeArray(Rewritten):
    """The sizes of x; the batch is the one that the model was prepared with."""

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0001  # a parameter has sixteen bits

    samples = (Sample({}, ((2, 3, 4),)),)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """One number for each axis."""
        return ((len(inputs[0]),),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A parameter."""
        return b.param("", np.array(b.shape(x[0]), np.float32), name=node.name)


@operator("size_array")
@dataclass(frozen=True, kw_only=True)
class SizeArray(Rewritten):
    """The number of elements of x, of the batch that the model was prepared with."""

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0001  # a parameter has sixteen bits

    samples = (Sample({}, ((2, 3, 4),)),)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(1,)."""
        return ((1,),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A parameter."""
        return b.param("", np.array([math.prod(b.shape(x[0]))], np.float32), name=node.name)


@operator("_contrib_arange_like")
@dataclass(frozen=True, kw_only=True)
class ArangeLike(Rewritten):
    """Numbers from `start` in steps of `step`, each `repeat` times.

    There are as many as an axis of x has, or they have the shape of x.
    """

    arity = (1, 1)
    category = "shape"
    ignored = frozenset({"ctx"})
    tolerance = 0.0001  # a parameter has sixteen bits

    start: float = real(0.0)
    step: float = real(1.0)
    repeat: int = integer(1, low=1, high=1 << 24)
    axis: int | None = integer(None, low=-8, high=7, optional=True)

    samples = (Sample({"axis": 1, "start": 2.0, "step": 0.5}, ((2, 3, 4),)), Sample({"axis": -1, "repeat": 2}, ((2, 5),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The size of the axis, or the shape of x."""
        return (inputs[0] if self.axis is None else (inputs[0][axis_of(inputs[0], self.axis)],),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A parameter.

        Raises:
            UnsupportedError: there would be as many numbers as the batch asks for.
        """
        shape = b.shape(x[0])
        if b.array(x[0]) is None and (self.axis is None or axis_of(shape, self.axis) == 0):
            raise UnsupportedError(
                "Counting along the batch is not supported.",
                why="The numbers would be others for another batch.",
                remedy="Count along another axis.",
            )
        sizes = self.infer((shape,))[0]
        check_made(math.prod(sizes), "The counted positions")
        count = np.arange(math.prod(sizes)) // self.repeat
        return b.param("", (self.start + self.step * count).astype(np.float32).reshape(sizes), name=node.name)
