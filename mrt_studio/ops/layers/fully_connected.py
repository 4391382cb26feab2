"""Fully connected layer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, eight_bit_product, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.long_sums import added, dense_parts, too_long


@operator("FullyConnected")
@dataclass(frozen=True, kw_only=True)
class FullyConnected(Operator):
    """Multiply x (N, K) by weight (M, K) transposed and add bias (M).

    The input's axes behind the first are flattened; with flatten=False only the last axis is multiplied.
    """

    arity = (2, 3)
    category = "dense"
    input_names = ("data", "weight", "bias")

    num_hidden: int = integer(low=1, high=1 << 24)
    no_bias: bool = flag(default=False)
    flatten: bool = flag(default=True)

    samples = (
        Sample({"num_hidden": 5}, ((3, 12),), ((5, 12), (5,))),
        Sample({"num_hidden": 4, "no_bias": True}, ((2, 3, 2, 2),), ((4, 12),)),
        Sample({"num_hidden": 4, "flatten": False}, ((2, 3, 5),), ((4, 5), (4,))),
        Sample({"num_hidden": 3, "flatten": False, "no_bias": True}, ((2, 2, 3, 5), (3, 5))),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, num_hidden), or all axes but the last and num_hidden."""
        if len(inputs) != (2 if self.no_bias else 3):
            raise ShapeError(f"A fully connected layer with no_bias={self.no_bias} takes {2 if self.no_bias else 3} inputs, not {len(inputs)}.")
        data, weight = inputs[0], inputs[1]
        if len(data) < 2:
            raise ShapeError(f"A fully connected layer needs an input of at least two axes, not {data}.")
        expected = (self.num_hidden, math.prod(data[1:]) if self.flatten else data[-1])
        if weight != expected:
            raise ShapeError(f"The weight has shape {weight}, but the input {data} and num_hidden need {expected}.")
        if not self.no_bias and inputs[2] != (self.num_hidden,):
            raise ShapeError(f"The bias has shape {inputs[2]}, but num_hidden needs {(self.num_hidden,)}.")
        return ((*((data[0],) if self.flatten else data[:-1]), self.num_hidden),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Flatten inputs of more than two axes first, and split what one accumulator cannot hold."""
        if self.flatten and len(b.shape(x[0])) > 2:
            return b.apply(self, (b.op("Flatten", x[0]), *x[1:]), name=node.name)
        if not too_long(b.shape(x[1])[1], x):
            return None
        first, *others = dense_parts(b, x[0], x[1])
        plain = replace(self, no_bias=True)
        return added(b, [b.apply(self, (*first, *x[2:]), hint="part"), *(b.apply(plain, pair, hint="part") for pair in others)], node.name)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Eight-bit input and weights; the bias at the product of their scales [MRT]. The machine's input has two axes."""
        del node
        (data, *others), scale = eight_bit_product(q, x)
        shape = q.shape(data)
        wide = len(shape) > 2
        if wide:
            data = q.emit("cvm.reshape", data, hint="rows", shape=(-1, shape[-1]))
        out = q.emit("cvm.dense", data, *others, hint="dense" if wide else "", units=self.num_hidden, use_bias=not self.no_bias)
        return q.result(q.emit("cvm.reshape", out, shape=(-1, *shape[1:-1], self.num_hidden)) if wide else out, scale)
