"""The sum of any number of tensors."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized

_MOST = 4096


@operator("add_n", "ElementWiseSum")
@dataclass(frozen=True, kw_only=True)
class AddN(Operator):
    """Add tensors of one shape."""

    arity = (1, _MOST)
    category = "elementwise"
    tolerance = 2.0**-12  # each of up to nine inputs is rounded to half a step of sixteen bits of the largest threshold

    num_args: int = integer(low=1, high=_MOST)

    samples = (
        Sample({"num_args": 3}, ((2, 3, 4),) * 3),
        Sample({"num_args": 9}, ((2, 5),) * 9),
        Sample({"num_args": 1}, ((2, 5),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The common shape."""
        if self.num_args != len(inputs):
            raise ShapeError(f"num_args is {self.num_args}, but {len(inputs)} inputs are given.")
        if any(shape != inputs[0] for shape in inputs):
            raise ShapeError(f"add_n needs equal shapes, not {', '.join(map(str, dict.fromkeys(inputs)))}.")
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the sum of a single tensor."""
        del b, node
        return x[0] if len(x) == 1 else None

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Sixteen bits each at one scale; a balanced tree of n adds log2(n) bits."""
        del node
        brought = q.common(x, WIDE_BITS)
        terms = [one.ref for one in brought]
        while len(terms) > 2:
            pairs = [q.emit("cvm.elemwise_add", *terms[i : i + 2], hint="part") for i in range(0, len(terms) - 1, 2)]
            terms = pairs + terms[len(pairs) * 2 :]
        return q.result(q.emit("cvm.elemwise_add", *terms), brought[0].scale)
