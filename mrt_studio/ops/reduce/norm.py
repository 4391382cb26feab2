"""Length of vectors."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.fixedpoint import INT32_BITS, int_range
from mrt_studio.ir.attributes import choice, flag, integer, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ir.shapes import axes_of, reduced
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.blocks import BLOCK_BITS, block_bits, in_blocks, times
from mrt_studio.ops.shared.narrowing import narrow
from mrt_studio.ops.shared.reducing import shape_of, without_batch
from mrt_studio.ops.shared.reductions import reduce


@operator("norm")
@dataclass(frozen=True, kw_only=True)
class Norm(Operator):
    """The sum of magnitudes or the root of the sum of squares along `axis`.

    The first with `ord` 1, the second with 2; no axes mean all.
    """

    arity = (1, 1)
    category = "reduce"
    tolerance = 4e-4  # 2**-13 from the root's table and 2**-14 from its rounding, of each length; the sum of magnitudes is exact
    refused = ("over the first axis: its size, the batch, may change", "another type of result than float32")

    ord: int = integer(2, low=1, high=2)
    axis: tuple[int, ...] | None = ints(None, low=-8, high=7, optional=True)
    out_dtype: str = choice("None", "float32", default="None")
    keepdims: bool = flag(default=False)

    samples = (
        Sample({"axis": (1,)}, ((2, 3, 4),)),
        Sample({"axis": (2, 3), "keepdims": True}, ((2, 3, 4, 5),), low=-0.01, high=0.01),
        Sample({"axis": (-1,), "ord": 1, "out_dtype": "float32"}, ((2, 3, 1, 7),)),
        Sample({"axis": (1, 3), "ord": 1, "keepdims": True}, ((2, 3, 1, 7),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without the axes, or with size one there; (1,) if none is left."""
        return (reduced(inputs[0], self.axis or (), keepdims=self.keepdims),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Refuse the batch's axis."""
        without_batch(self.name, axes_of(b.shape(x[0]), self.axis or ()), "the digits of a length depend on how many numbers there are")
        return None

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """A sum of magnitudes, or a root times the divisor of the block."""
        del node
        shape = shape_of(q, x[0])
        axes = axes_of(shape, self.axis or ())
        return q.result(*(self._magnitudes if self.ord == 1 else self._length)(q, x[0], axes))

    def _magnitudes(self, q: Lowering, x: Operand, axes: tuple[int, ...]) -> tuple[Ref, float]:
        data = narrow(q, x, min(WIDE_BITS, INT32_BITS - 1 - block_bits(shape_of(q, x), axes)))
        return reduce(q, "sum", q.emit("cvm.abs", data.ref, hint="abs"), axes, keepdims=self.keepdims), data.scale

    def _length(self, q: Lowering, x: Operand, axes: tuple[int, ...]) -> tuple[Ref, float]:
        block_bits(shape_of(q, x), axes)
        data = narrow(q, x, WIDE_BITS)
        factor = 1 << (BLOCK_BITS - 2 - q.bits(data.ref))
        blocks = in_blocks(q, times(q, data.ref, factor, "wide"), axes, bound=int_range(q.bits(data.ref)) * factor)
        root = narrow(q, Quantized(blocks.root, blocks.root_scale, q.bits(blocks.root), 1.0), INT32_BITS - q.bits(blocks.divisor))
        scale = root.scale * data.scale * factor / math.sqrt(2**blocks.spare)
        if self.keepdims:
            return q.emit("cvm.broadcast_mul", root.ref, blocks.divisor), scale
        length = q.emit("cvm.broadcast_mul", root.ref, blocks.divisor, hint="length")
        return q.emit("cvm.squeeze", length, axis=axes), scale
