"""Constants in the shape of another tensor."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Node, Ref
from mrt_studio.ops.base import Sample, as_quantized, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.truth import opposite
from mrt_studio.ops.shared.unary import Unary


@dataclass(frozen=True, kw_only=True)
class ConstantLike(Unary):
    """A constant; in one bit every integer is zero."""

    tolerance = 0.0
    samples = (Sample({}, ((2, 3, 4, 4),)), Sample({}, ((2, 7),)))


@operator("zeros_like")
class ZerosLike(ConstantLike):
    """Zeros in the shape of x."""

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Limit to one bit."""
        del node
        return q.known(_zeros(q, as_quantized(q, x[0]).ref), 1.0, 0.0)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """The same on any integers."""
        return (_zeros(q, x[0].ref),)


@operator("ones_like")
class OnesLike(ConstantLike):
    """Ones in the shape of x."""

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The opposite of zeros."""
        del node
        return q.known(opposite(q, _zeros(q, as_quantized(q, x[0]).ref, "zeros")), 1.0, 1.0)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """The same on any integers."""
        return (opposite(q, _zeros(q, x[0].ref, "zeros")),)


def _zeros(q: Lowering, x: Ref, hint: str = "") -> Ref:
    return q.emit("cvm.cvm_clip", x, precision=1, hint=hint)
