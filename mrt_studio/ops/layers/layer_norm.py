"""Layer normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, integer, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.axes import axis_of
from mrt_studio.ops.shared.normalizing import centred, check_affine, with_affine
from mrt_studio.ops.shared.reducing import shape_of, without_batch


@operator("LayerNorm")
@dataclass(frozen=True, kw_only=True)
class LayerNorm(Operator):
    """gamma * (x - mean) / sqrt(variance + eps) + beta, over one axis."""

    arity = (3, 3)
    category = "norm"
    input_names = ("data", "gamma", "beta")
    tolerance = 4e-4  # see normalizing.py; gamma and beta are rounded to sixteen bits of the largest
    refused = ("over the first axis: its size, the batch, may change", "gamma or beta computed by the model")

    axis: int = integer(-1, low=-8, high=7)
    eps: float = real(1e-5, low=0, high=1e6)
    output_mean_var: str = choice("False", "false", "0", default="False")

    samples = (
        Sample({}, ((2, 3, 8),), ((8,), (8,))),
        Sample({"axis": 1, "eps": 1e-3}, ((2, 6, 1, 3),), ((6,), (6,)), low=-0.05, high=0.1),
        Sample({"axis": -1}, ((2, 5),), ((5,), (5,)), low=100.0, high=300.0),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x; gamma and beta have the size of the axis."""
        shape = inputs[0]
        size = shape[axis_of(shape, self.axis)]
        if any(s != (size,) for s in inputs[1:]):
            raise ShapeError(f"Layer normalisation of {shape} over the axis {self.axis} needs gamma and beta of {(size,)}, not {inputs[1:]}.")
        return (shape,)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Multiply by gamma and add beta afterwards."""
        shape = b.shape(x[0])
        axis = axis_of(shape, self.axis)
        without_batch(self.name, (axis,), "a mean depends on how many numbers there are")
        return with_affine(b, node, self, x, (-1, *(1,) * (len(shape) - axis - 1)))

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The integers' own normalisation."""
        del node
        check_affine(x)
        return q.result(*centred(q, x[0], (axis_of(shape_of(q, x[0]), self.axis),), self.eps))
