"""Axes in the other direction."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.axes import axis_of


@operator("reverse", "flip")
@dataclass(frozen=True, kw_only=True)
class Reverse(Rewritten):
    """x with the order of its elements along the axes turned round."""

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    axis: tuple[int, ...] = ints(low=0, high=7)

    samples = (Sample({"axis": (2,)}, ((2, 3, 4),)), Sample({"axis": (1, 0)}, ((2, 3, 4),)), Sample({"axis": ()}, ((2, 3),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        for axis in self.axis:
            axis_of(inputs[0], axis)
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A slice with the step -1."""
        if not self.axis:
            return x[0]
        gaps = (None,) * (max(self.axis) + 1)
        step = tuple(-1 if i in self.axis else 1 for i in range(len(gaps)))
        return b.op("slice", x[0], name=node.name, begin=gaps, end=gaps, step=step)
