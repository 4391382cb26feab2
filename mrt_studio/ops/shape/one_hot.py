"""A one at the place of each index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.fixedpoint import quantize_array, scale_for
from mrt_studio.ir.attributes import choice, integer, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.axes import held
from mrt_studio.ops.shared.indices import exact, marks, whole


@operator("one_hot")
@dataclass(frozen=True, kw_only=True)
class OneHot(Operator):
    """A new last axis that is on_value at the index and off_value elsewhere.

    An index outside of `depth` has no such place.
    """

    arity = (1, 1)
    category = "shape"
    input_names = ("indices",)
    tolerance = 0.0001  # exact for one and zero; other values have sixteen bits

    depth: int = integer(low=1, high=1 << 20)
    on_value: float = real(1.0)
    off_value: float = real(0.0)
    dtype: str = choice("float32", default="float32")

    samples = (
        Sample({"depth": 5}, ((2, 3),), low=-2, high=6, whole=True),
        Sample({"depth": 3, "on_value": 0.3, "off_value": -2.0}, ((4,),), low=0, high=2, whole=True),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of the indices with the depth behind it."""
        return ((*inputs[0], self.depth),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Cut the fractions off indices that are a parameter."""
        index = whole(b, x[0])
        return None if index == x[0] else b.apply(self, (index,), name=node.name)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Compare the index with each position; values have sixteen bits."""
        del node
        index = exact(q, x[0]).ref
        axis = len(q.shape(index))
        column = held(q, q.emit("cvm.expand_dims", index, axis=axis, hint="column"))
        largest = max(abs(self.on_value), abs(self.off_value))
        if (self.on_value, self.off_value) == (1.0, 0.0):
            return q.known(marks(q, column, self.depth, axis), 1.0, 1.0)
        scale = scale_for(largest, WIDE_BITS)
        on, off = (int(v) for v in quantize_array(np.array([self.on_value, self.off_value]), scale, WIDE_BITS))
        found = marks(q, column, self.depth, axis, hint="marks")
        step = q.emit("cvm.broadcast_mul", found, q.constant("step", np.array([on - off])), hint="steps")
        return q.known(q.emit("cvm.broadcast_add", step, q.constant("off", np.array([off]))), scale, largest)
