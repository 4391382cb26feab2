"""Sign."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Node, Ref
from mrt_studio.ops.base import Sample, as_quantized, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.unary import Unary


@operator("sign")
@dataclass(frozen=True, kw_only=True)
class Sign(Unary):
    """-1, 0 or 1."""

    tolerance = 0.0
    samples = (Sample({}, ((2, 3, 4, 4),)), Sample({}, ((2, 9),), low=-2, high=2, whole=True))

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Limited to two bits every integer is its sign."""
        del node
        return q.known(self._sign(q, as_quantized(q, x[0]).ref), 1.0, 1.0)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """The same on any integers."""
        return (self._sign(q, x[0].ref),)

    def _sign(self, q: Lowering, x: Ref) -> Ref:
        return q.emit("cvm.cvm_clip", x, precision=2)
