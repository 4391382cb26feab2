"""Elements at indices along an axis."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import choice, integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, as_quantized, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.axes import axis_of, held, replaced
from mrt_studio.ops.shared.indices import exact, whole


@operator("take")
@dataclass(frozen=True, kw_only=True)
class Take(Operator):
    """The elements of x at whole-numbered indices along an axis.

    Indices outside are moved to the border.
    """

    arity = (2, 2)
    category = "shape"
    input_names = ("a", "indices")
    tolerance = 0.01  # x has eight bits as an input, and its largest element may not be chosen; the choice is exact

    axis: int = integer(0, low=-8, high=7)
    mode: str = choice("clip", default="clip")

    samples = (
        Sample({}, ((5, 4), (2, 3)), low=0, high=4, whole=True),
        Sample({"axis": -1}, ((2, 6), (4,)), low=-2, high=9, whole=True),
        Sample({"axis": 1}, ((2, 3, 4), (2, 2)), low=0, high=2, whole=True),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x with that of the indices in the place of the axis."""
        shape, indices = inputs
        return (replaced(shape, axis_of(shape, self.axis), *indices),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Cut the fractions off indices that are a parameter."""
        index = whole(b, x[1])
        return None if index == x[1] else b.op("take", x[0], index, name=node.name, axis=self.axis)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The integers of x at the indices; a parameter has sixteen bits [MRT]."""
        del node
        data = as_quantized(q, x[0])
        return q.result(self._emit(q, data, exact(q, x[1])), data.scale)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """Move the integers, if the indices are indices."""
        return (self._emit(q, *x),) if x[1].scale == 1 else None

    def _emit(self, q: Lowering, data: Quantized, index: Quantized) -> Ref:
        return held(q, q.emit("cvm.take", data.ref, index.ref, axis=axis_of(q.shape(data.ref), self.axis)))
