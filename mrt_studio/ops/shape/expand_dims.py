"""A new axis of size one."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.axes import held


@operator("expand_dims")
@dataclass(frozen=True, kw_only=True)
class ExpandDims(Transparent):
    """x with an axis of size one at `axis` of the result.

    A negative axis counts from the end.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    axis: int = integer(low=-8, high=7)

    samples = (Sample({"axis": 1}, ((2, 3, 4),)), Sample({"axis": -1}, ((2, 3),)), Sample({"axis": 0}, ((2, 3),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape with a one inserted."""
        at = self._at(inputs[0])
        return ((*inputs[0][:at], 1, *inputs[0][at:]),)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine has the same operator."""
        shape = q.shape(x.ref)
        return held(q, q.emit("cvm.expand_dims", x.ref, axis=self._at(shape)))

    def _at(self, shape: Shape) -> int:
        rank = len(shape)
        if not -rank - 1 <= self.axis <= rank:
            raise ShapeError(f"{shape} has no place for an axis at {self.axis}.")
        return self.axis if self.axis >= 0 else rank + 1 + self.axis
