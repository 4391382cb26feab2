"""Softmax along an axis, and softmin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import WIDE_BITS, Rewritten, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.exponentials import exponentials
from mrt_studio.ops.shared.logits import Logits

_BITS = 14
"""Of a probability of one; the exponentials have as many."""

_HEADROOM_BITS = 3
"""Probabilities may exceed the largest calibrated one by this power of two before they are cut."""

_MOST_EXTRA = 12
"""Beyond, the smallest possible sum would have no bits left."""


@operator("softmax")
@dataclass(frozen=True, kw_only=True)
class Softmax(Logits):
    """exp(x / temperature) / its sum along `axis`."""

    # Exponentials of 14 bits and quotients of 12 or more: what is below 2**-14 of the largest probability is lost.
    tolerance = 1.5e-3
    samples = (
        Sample({}, ((2, 10),)),
        Sample({"axis": 1}, ((2, 6, 1, 3),), low=-30.0, high=30.0),
        Sample({"axis": -2}, ((2, 3, 5, 1),), low=-0.01, high=0.01),
        Sample({"temperature": 4.0}, ((2, 40),)),
    )

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Divide by the temperature first, if there is one."""
        return None if self.temperature in (None, 1.0) else b.op(self.name, self.over(b, x[0], self.temperature), name=node.name, axis=self.axis)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Exponentials times 2**14 over their sum, rounded.

        Where no probability comes near one, as with many classes alike, the sum is large and gives some of its bits to the quotient.
        """
        e = exponentials(q, x[0], self.axis % len(node.shapes[0]))
        limit = q.threshold(node.name) or 1.0
        extra = min(max(math.floor(-math.log2(limit)) - _HEADROOM_BITS + 1, 0), _MOST_EXTRA)
        total = e.total
        if extra:
            total = q.emit("cvm.cvm_right_shift", total, precision=q.bits(total) - extra, shift_bit=extra, hint="sum")
        half = q.emit("cvm.cvm_right_shift", total, precision=q.bits(total) - 1, shift_bit=1, hint="half")
        scaled = q.emit("cvm.broadcast_mul", e.powers, q.constant("one", np.array([1 << _BITS])), hint="scaled")
        quotient = q.emit("cvm.broadcast_div", q.emit("cvm.broadcast_add", scaled, half, hint="rounded"), total, hint="quotient")
        return q.known(q.emit("cvm.cvm_clip", quotient, precision=WIDE_BITS), 2.0 ** (_BITS + extra), limit)


@operator("softmin")
@dataclass(frozen=True, kw_only=True)
class Softmin(Rewritten, Logits):
    """softmax(-x)."""

    tolerance = Softmax.tolerance
    samples = (Sample({}, ((2, 10),)), Sample({"axis": 1, "temperature": 0.5}, ((2, 6, 3),)))

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Softmax of the negated input."""
        return b.op("softmax", self.over(b, x[0], -(self.temperature or 1.0)), name=node.name, axis=self.axis)
