"""Concatenation along one axis."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("Concat", "concat")
@dataclass(frozen=True, kw_only=True)
class Concat(Operator):
    """Join the inputs along the axis `dim`."""

    arity = (1, 4096)
    category = "shape"
    tolerance = 0.0001  # inputs of different ranges meet at sixteen bits

    num_args: int = integer(low=1, high=4096)
    dim: int = integer(1, low=-6, high=5)

    samples = (
        Sample({"num_args": 3, "dim": 1}, ((2, 3, 4, 4), (2, 1, 4, 4), (2, 5, 4, 4))),
        Sample({"num_args": 2, "dim": -1}, ((2, 3), (2, 4))),
        Sample({"num_args": 2, "dim": 0}, ((2, 3), (1, 3))),
        Sample({"num_args": 1, "dim": 1}, ((2, 3),)),
    )

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

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the node when there is nothing to join."""
        return x[0] if len(x) == 1 else None

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """All inputs at one scale, sixteen bits [MRT]."""
        del node
        data = q.common(x, WIDE_BITS)
        return q.result(self._emit(q, data), data[0].scale)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """Join integers of one scale."""
        return (self._emit(q, x),) if len({d.scale for d in x}) == 1 else None

    def _emit(self, q: Lowering, x: tuple[Quantized, ...]) -> Ref:
        return q.emit("cvm.concatenate", *(d.ref for d in x), axis=self.dim % len(q.shape(x[0].ref)))
