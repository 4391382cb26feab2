"""Sum over axes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import flag, ints
from mrt_studio.ir.graph import Node, Shape
from mrt_studio.ir.shapes import reduced
from mrt_studio.ops.base import ACTIVATION_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("sum", "sum_axis")
@dataclass(frozen=True, kw_only=True)
class Sum(Operator):
    """Add the elements along the given axes."""

    arity = (1, 1)
    category = "reduce"

    axis: tuple[int, ...] = ints((), low=-6, high=5)
    keepdims: bool = flag(default=False)

    samples = (Sample({"axis": (2, 3), "keepdims": True}, ((2, 3, 4, 5),)), Sample({"axis": (1,)}, ((2, 6),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without the summed axes, or with size one there."""
        return (reduced(inputs[0], self.axis, keepdims=self.keepdims),)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Eight-bit input [MRT]; the machine adds the bits of the count."""
        del node
        data = q.requant(x[0], ACTIVATION_BITS)
        return q.result(q.emit("cvm.sum", data.ref, axis=self.axis, keepdims=self.keepdims), data.scale)
