"""Fully connected layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, eight_bit_product, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("FullyConnected")
@dataclass(frozen=True, kw_only=True)
class FullyConnected(Operator):
    """Multiply x (N, K) by weight (M, K) transposed and add bias (M)."""

    arity = (2, 3)
    category = "dense"
    input_names = ("data", "weight", "bias")

    num_hidden: int = integer(low=1, high=1 << 24)
    no_bias: bool = flag(default=False)
    flatten: bool = flag(default=True)

    samples = (
        Sample({"num_hidden": 5}, ((3, 12),), ((5, 12), (5,))),
        Sample({"num_hidden": 4, "no_bias": True}, ((2, 3, 2, 2),), ((4, 12),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, num_hidden); the input's other axes are flattened."""
        if len(inputs) != (2 if self.no_bias else 3):
            raise ShapeError(f"A fully connected layer with no_bias={self.no_bias} takes {2 if self.no_bias else 3} inputs, not {len(inputs)}.")
        data, weight = inputs[0], inputs[1]
        if not self.flatten and len(data) != 2:
            raise ShapeError(f"With flatten=False only inputs (N, K) are supported, not {data}.", remedy="Reshape the input to two axes.")
        expected = (self.num_hidden, math.prod(data[1:]))
        if len(data) < 2 or weight != expected:
            raise ShapeError(f"The weight has shape {weight}, but the input {data} and num_hidden need {expected}.")
        if not self.no_bias and inputs[2] != (self.num_hidden,):
            raise ShapeError(f"The bias has shape {inputs[2]}, but num_hidden needs {(self.num_hidden,)}.")
        return ((data[0], self.num_hidden),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Flatten inputs of more than two axes first."""
        if len(b.shape(x[0])) == 2:
            return None
        flat = b.op("Flatten", x[0])
        return b.op("FullyConnected", flat, *x[1:], name=node.name, num_hidden=self.num_hidden, no_bias=self.no_bias)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Eight-bit input and weights; the bias at the product of their scales [MRT]."""
        del node
        refs, scale = eight_bit_product(q, x)
        return q.result(q.emit("cvm.dense", *refs, units=self.num_hidden, use_bias=not self.no_bias), scale)
