"""The logarithm of softmax along an axis."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.fixedpoint import bits_for, scale_for
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import WIDE_BITS, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.exponentials import ONE, exponentials
from mrt_studio.ops.shared.logarithm import logarithm
from mrt_studio.ops.shared.logits import Logits

_MOST_FACTOR = 1 << 12
"""By how much the result may be finer than the logits: a step of theirs is then beyond the last digit that counts."""


@operator("log_softmax")
@dataclass(frozen=True, kw_only=True)
class LogSoftmax(Logits):
    """x - max(x) - log(sum(exp(x - max(x)))), x over the temperature."""

    tolerance = 1e-3  # the logarithm's 2**-12 and the sum's 2**-14, of results of at least log 2
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
        """How far x is below the largest, plus the logarithm of the sum, negated; sixteen bits at the threshold of the result."""
        e = exponentials(q, x[0], self.axis % len(node.shapes[0]))
        limit = q.threshold(node.name)
        scale = min(scale_for(limit, WIDE_BITS), e.below.scale * _MOST_FACTOR)
        cut = q.emit("cvm.cvm_clip", e.below.ref, precision=min(q.bits(e.below.ref), bits_for(limit * e.below.scale) + 1), hint="near")
        below = q.requant(Quantized(cut, e.below.scale, q.bits(cut), min(2 * limit, e.below.threshold)), WIDE_BITS + 1, scale)
        if q.bits(below.ref) > 1:  # otherwise it is all zeros, at every scale
            scale = below.scale
        total = logarithm(q, e.total, ONE, scale, 0.0, hint="log")
        whole = q.emit("cvm.broadcast_add", below.ref, total, hint="whole")
        return q.result(q.emit("cvm.negative", whole), scale)
