"""Repetition of each element."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.axes import axis_of, replaced


@operator("repeat")
@dataclass(frozen=True, kw_only=True)
class Repeat(Transparent):
    """Each element `repeats` times, one after the other, along an axis.

    Without an axis x is flattened first.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    repeats: int = integer(low=1, high=4096)
    axis: int | None = integer(None, low=-8, high=7, optional=True)

    samples = (Sample({"repeats": 2, "axis": 1}, ((2, 3, 4),)), Sample({"repeats": 3, "axis": -1}, ((2, 3),)), Sample({"repeats": 2}, ((2, 3),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The size of the axis, or of all of x, times `repeats`."""
        if self.axis is None:
            return ((math.prod(inputs[0]) * self.repeats,),)
        axis = axis_of(inputs[0], self.axis)
        return (replaced(inputs[0], axis, inputs[0][axis] * self.repeats),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Flatten first when no axis is named."""
        if self.axis is not None:
            return None
        flat = b.op("Reshape", x[0], hint="flat", shape=(-1,))
        return b.op("repeat", flat, name=node.name, repeats=self.repeats, axis=0)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine has the same operator."""
        return q.emit("cvm.repeat", x.ref, repeats=self.repeats, axis=axis_of(q.shape(x.ref), self.axis or 0))
