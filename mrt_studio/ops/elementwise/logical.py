"""Logic on numbers: everything but zero is true; results are 0 and 1."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from mrt_studio.ir.graph import Node, Ref
from mrt_studio.ops.base import Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.broadcasting import Broadcasting
from mrt_studio.ops.shared.truth import as_bit, greater, nonzero, opposite
from mrt_studio.ops.shared.unary import Unary


@dataclass(frozen=True, kw_only=True)
class Logic(Operator):
    """An operator on truths; zero is zero at every scale, so scales do not matter."""

    category = "elementwise"
    tolerance = 0.0

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Combine the truths."""
        del node
        return q.known(self.combine(q, x), 1.0, 1.0)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """The same on any integers."""
        return (self.combine(q, x),)

    @abstractmethod
    def combine(self, q: Lowering, x: tuple[Operand, ...]) -> Ref:
        """Emit 0 and 1."""


@dataclass(frozen=True, kw_only=True)
class BroadcastLogic(Logic, Broadcasting):
    """Logic on two broadcast tensors; the samples hold zeros."""

    samples = (
        Sample({}, ((2, 3, 8), (2, 1, 8)), low=-2, high=2, whole=True),
        Sample({}, ((2, 3, 8),), ((1, 3, 1),), low=-2, high=2, whole=True),
    )


@operator("broadcast_logical_and")
class BroadcastLogicalAnd(BroadcastLogic):
    """1 where neither is zero."""

    def combine(self, q: Lowering, x: tuple[Operand, ...]) -> Ref:
        """Greater than the opposite of the other."""
        return greater(q, nonzero(q, x[0], "lhs"), opposite(q, nonzero(q, x[1], "rhs"), "not"))


@operator("broadcast_logical_or")
class BroadcastLogicalOr(BroadcastLogic):
    """1 where one is not zero."""

    def combine(self, q: Lowering, x: tuple[Operand, ...]) -> Ref:
        """The larger one."""
        return q.emit("cvm.broadcast_max", nonzero(q, x[0], "lhs"), nonzero(q, x[1], "rhs"))


@operator("broadcast_logical_xor")
class BroadcastLogicalXor(BroadcastLogic):
    """1 where exactly one is zero."""

    def combine(self, q: Lowering, x: tuple[Operand, ...]) -> Ref:
        """The magnitude of the difference."""
        difference = q.emit("cvm.broadcast_sub", nonzero(q, x[0], "lhs"), nonzero(q, x[1], "rhs"), hint="difference")
        return as_bit(q, q.emit("cvm.abs", difference))


@operator("logical_not")
class LogicalNot(Logic, Unary):
    """1 where x is zero."""

    samples = (Sample({}, ((2, 3, 8),), low=-2, high=2, whole=True), Sample({}, ((2, 7),)))

    def combine(self, q: Lowering, x: tuple[Operand, ...]) -> Ref:
        """1 where 1 is greater than the truth."""
        return opposite(q, nonzero(q, x[0], "truth"))
