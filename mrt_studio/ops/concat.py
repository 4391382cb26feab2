"""Concatenation along one axis."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Node, Shape
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("Concat", "concat")
@dataclass(frozen=True, kw_only=True)
class Concat(Operator):
    """Join the inputs along the axis `dim`."""

    arity = (1, 256)
    category = "shape"

    num_args: int = integer(low=1, high=256)
    dim: int = integer(1, low=-6, high=5)

    samples = (Sample({"num_args": 3, "dim": 1}, ((2, 3, 4, 4), (2, 1, 4, 4), (2, 5, 4, 4))), Sample({"num_args": 2, "dim": -1}, ((2, 3), (2, 4))))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes along `dim` added; all other sizes must be equal."""
        first = inputs[0]
        if self.num_args != len(inputs):
            raise ShapeError(f"num_args is {self.num_args}, but {len(inputs)} inputs are given.")
        if not -len(first) <= self.dim < len(first):
            raise ShapeError(f"The axis {self.dim} does not exist in {first}.")
        axis = self.dim % len(first)
        rest = [(*s[:axis], *s[axis + 1 :]) for s in inputs]
        if any(len(s) != len(first) for s in inputs) or any(r != rest[0] for r in rest):
            raise ShapeError(f"Shapes {', '.join(map(str, inputs))} cannot be joined along axis {axis}.")
        return ((*first[:axis], sum(s[axis] for s in inputs), *first[axis + 1 :]),)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """All inputs at one scale, sixteen bits [MRT]."""
        del node
        data = q.common(x, WIDE_BITS)
        axis = self.dim % len(q.shape(data[0].ref))
        return q.result(q.emit("cvm.concatenate", *(d.ref for d in data), axis=axis), data[0].scale)
