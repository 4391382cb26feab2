"""Addition of equal shapes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Node, Shape
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("elemwise_add", "_plus", "_add", "_Plus")
@dataclass(frozen=True, kw_only=True)
class ElemwiseAdd(Operator):
    """a + b for equal shapes."""

    arity = (2, 2)
    category = "elementwise"
    input_names = ("lhs", "rhs")
    samples = (Sample({}, ((2, 3, 4, 4), (2, 3, 4, 4))),)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The common shape."""
        if inputs[0] != inputs[1]:
            raise ShapeError(f"elemwise_add needs equal shapes, not {inputs[0]} and {inputs[1]}.", remedy="Use broadcast_add.")
        return (inputs[0],)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Both at one scale, sixteen bits [MRT]."""
        del node
        a, b = q.common(x, WIDE_BITS)
        return q.result(q.emit("cvm.elemwise_add", a.ref, b.ref), a.scale)
