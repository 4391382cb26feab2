"""Positions of the largest and smallest elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.fixedpoint import bits_for
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ir.shapes import reduced
from mrt_studio.ops.base import Operator, Sample, as_quantized, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.axes import axis_of
from mrt_studio.ops.shared.made import check_made
from mrt_studio.ops.shared.reducing import without_batch
from mrt_studio.ops.shared.reductions import reduce


@dataclass(frozen=True, kw_only=True)
class Arg(Operator):
    """The position of the first largest or smallest integer along `axis`, exactly."""

    arity = (1, 1)
    category = "reduce"
    tolerance = 0.0  # positions of integers; floats that fall on one integer are a tie
    refused = ("without an axis: it would count across the batch", "over the first axis: its size, the batch, may change")
    smallest: ClassVar[bool]

    axis: int | None = integer(None, low=-8, high=7, optional=True)
    keepdims: bool = flag(default=False)

    samples = (
        Sample({"axis": 1}, ((2, 5),)),
        Sample({"axis": -1, "keepdims": True}, ((2, 3, 4),)),
        Sample({"axis": 1}, ((2, 3, 1, 4),)),
        Sample({"axis": 2}, ((2, 3, 1),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without the axis, or with size one there."""
        gone = () if self.axis is None else (axis_of(inputs[0], self.axis),)
        return (reduced(inputs[0], gone, keepdims=self.keepdims),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Refuse what depends on the batch."""
        self._axis(b.shape(x[0]))
        return None

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Whole numbers at the scale 1."""
        del node
        ref = as_quantized(q, x[0]).ref
        shape = q.shape(ref)
        return q.known(self._position(q, ref), 1.0, shape[self._axis(shape)] - 1)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """Positions do not depend on the scale."""
        return (self._position(q, x[0].ref),)

    def _axis(self, shape: Shape) -> int:
        """The axis, not negative.

        Raises:
            UnsupportedError: no axis is named, or the first one is.
        """
        if self.axis is None:
            raise UnsupportedError(
                f"{self.name} without an axis is not supported.",
                why="It counts through all samples of a batch, so a sample's result would depend on the others.",
                remedy="Name an axis, or split the model in front of it.",
            )
        axis = axis_of(shape, self.axis)
        without_batch(self.name, (axis,), "positions are counted from its end")
        return axis

    def _position(self, q: Lowering, x: Ref) -> Ref:
        """Emit last - max(last - i where x is the largest, else 0): the first counts."""
        shape = q.shape(x)
        axis = self._axis(shape)
        last = shape[axis] - 1
        check_made(shape[axis], "The positions along the axis")
        if self.smallest:
            x = q.emit("cvm.negative", x, hint="negative")
        top = reduce(q, "max", x, (axis,), keepdims=True, hint="top")
        if q.bits(top) < 2:  # the result of a comparison takes the bits of its first input
            top = q.emit("cvm.cvm_clip", top, precision=2, hint="top")
        smaller = q.emit("cvm.cvm_clip", q.emit("cvm.broadcast_greater", top, x, hint="greater"), precision=2, hint="smaller")
        largest = q.emit("cvm.broadcast_sub", q.constant("one", np.array([1])), smaller, hint="largest")
        left = np.arange(last, -1, -1).reshape((-1, *(1,) * (len(shape) - axis - 1)))
        marked = q.emit("cvm.broadcast_mul", largest, q.constant("left", left), hint="marked")
        first = reduce(q, "max", marked, (axis,), keepdims=self.keepdims, hint="first")
        position = q.emit("cvm.broadcast_sub", q.constant("last", np.array([last])), first, hint="position")
        return q.emit("cvm.cvm_clip", position, precision=bits_for(last))


@operator("argmax")
@dataclass(frozen=True, kw_only=True)
class Argmax(Arg):
    """The position of the first largest element along `axis`."""

    smallest = False


@operator("argmin")
@dataclass(frozen=True, kw_only=True)
class Argmin(Arg):
    """The position of the first smallest element along `axis`."""

    smallest = True
