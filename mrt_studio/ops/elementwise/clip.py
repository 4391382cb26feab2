"""Clip to constant bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import QuantizationError, ShapeError
from mrt_studio.fixedpoint import INT32_BITS, int_range
from mrt_studio.ir.attributes import real
from mrt_studio.ir.graph import Node, Shape
from mrt_studio.ops.base import Operator, Sample, as_quantized, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized

_END = int_range(INT32_BITS) - 1
"""Bounds beyond INT32 limit nothing; for 2**31 - 1 the machine counts one bit too many."""
_CODES, _MOST_BITS = 8, 29
"""The fewest codes that the larger bound should have, and how wide the tensor may become for that."""


@operator("clip")
@dataclass(frozen=True, kw_only=True)
class Clip(Operator):
    """Limit values to [a_min, a_max]; ReLU6 is clip(0, 6)."""

    arity = (1, 1)
    category = "activation"
    tolerance = 0.02  # the bounds are truncated to integers at the input's scale [MRT]

    a_min: float = real()
    a_max: float = real()

    samples = (Sample({"a_min": 0.0, "a_max": 6.0}, ((2, 3, 4, 4),)), Sample({"a_min": -1.5, "a_max": 0.5}, ((3, 7),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        if self.a_min >= self.a_max:
            raise ShapeError(f"clip needs a_min < a_max, not {self.a_min:g} and {self.a_max:g}.")
        return (inputs[0],)

    def nonnegative(self, x: tuple[bool, ...]) -> bool:
        """By its lower bound, or as x where that may pass."""
        return self.a_min >= 0 or (x[0] and self.a_max >= 0)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The bounds at the scale of x, truncated toward zero [MRT]."""
        data = _fine(q, as_quantized(q, x[0]), max(abs(self.a_min), abs(self.a_max)))
        low, high = (max(-_END, min(int(bound * data.scale), _END)) for bound in (self.a_min, self.a_max))
        if low >= high:
            raise QuantizationError(
                f"The bounds {self.a_min:g} and {self.a_max:g} fall on one integer at the scale {data.scale:.4g}.",
                where=node.name,
                remedy=f"Lower the threshold of {data.ref.name!r}: its codes are too coarse for this clip.",
            )
        return q.result(q.emit("cvm.clip", data.ref, a_min=low, a_max=high), data.scale)


def _fine(q: Lowering, x: Quantized, bound: float) -> Quantized:
    """The tensor, multiplied by a power of two where its step is too coarse for the bounds."""
    extra = 0
    while bound * x.scale * (1 << extra) < _CODES and x.precision + extra < _MOST_BITS:
        extra += 1
    if not extra:
        return x
    # A product has the bits of both factors, and 2**k has k + 2.
    ref = q.emit("cvm.broadcast_mul", x.ref, q.constant("finer", np.array([1 << extra])), hint="fine")
    return Quantized(ref, x.scale * (1 << extra), q.bits(ref), x.threshold)
