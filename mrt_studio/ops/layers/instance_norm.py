"""Instance normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.normalizing import centred, check_affine, with_affine
from mrt_studio.ops.shared.reducing import shape_of


@operator("InstanceNorm")
@dataclass(frozen=True, kw_only=True)
class InstanceNorm(Operator):
    """gamma * (x - mean) / sqrt(variance + eps) + beta, over a sample's channel."""

    arity = (3, 3)
    category = "norm"
    input_names = ("data", "gamma", "beta")
    tolerance = 4e-4  # see normalizing.py; gamma and beta are rounded to sixteen bits of the largest
    refused = ("gamma or beta computed by the model",)

    eps: float = real(1e-3, low=0, high=1e6)

    samples = (
        Sample({}, ((2, 3, 4, 5),), ((3,), (3,))),
        Sample({"eps": 1e-5}, ((2, 3, 7),), ((3,), (3,)), low=-0.01, high=0.02),
        Sample({"eps": 1e-5}, ((2, 1, 1, 6),), ((1,), (1,)), low=1000.0, high=3000.0),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x; gamma and beta have one number a channel."""
        shape = inputs[0]
        if len(shape) < 3:
            raise ShapeError(f"Instance normalisation needs a batch, channels and at least one more axis, not {shape}.")
        if any(s != (shape[1],) for s in inputs[1:]):
            raise ShapeError(f"Instance normalisation of {shape} needs gamma and beta of {shape[1:2]}, not {inputs[1:]}.")
        return (shape,)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Multiply by gamma and add beta afterwards."""
        return with_affine(b, node, self, x, (-1, *(1,) * (len(b.shape(x[0])) - 2)))

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The integers' own normalisation."""
        del node
        check_affine(x)
        return q.result(*centred(q, x[0], tuple(range(2, len(shape_of(q, x[0])))), self.eps))
