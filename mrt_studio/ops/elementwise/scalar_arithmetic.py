"""Arithmetic with a number, rewritten into broadcast operators on a parameter."""

from __future__ import annotations

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.shared.scalars import Scalar, number, reciprocal


@operator("_plus_scalar", "_PlusScalar")
class PlusScalar(Scalar):
    """x + scalar."""

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Add a parameter."""
        return b.op("broadcast_add", x[0], number(b, self.scalar), name=node.name)


@operator("_minus_scalar", "_MinusScalar")
class MinusScalar(Scalar):
    """x - scalar."""

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Add the negative parameter."""
        return b.op("broadcast_add", x[0], number(b, -self.scalar), name=node.name)


@operator("_rminus_scalar", "_RMinusScalar")
class RMinusScalar(Scalar):
    """scalar - x."""

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Subtract from a parameter."""
        return b.op("broadcast_sub", number(b, self.scalar), x[0], name=node.name)


@operator("_mul_scalar", "_MulScalar")
class MulScalar(Scalar):
    """x * scalar."""

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Multiply by a parameter."""
        return b.op("broadcast_mul", x[0], number(b, self.scalar), name=node.name)


@operator("_div_scalar", "_DivScalar")
class DivScalar(Scalar):
    """x / scalar; division by zero is refused."""

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Multiply by the reciprocal."""
        return b.op("broadcast_mul", x[0], number(b, reciprocal(self.scalar)), name=node.name)


@operator("_rdiv_scalar", "_RDivScalar")
class RDivScalar(Scalar):
    """scalar / x."""

    tolerance = 2.0**-12  # that of broadcast_div
    samples = (Sample({"scalar": 0.7}, ((2, 3, 4, 4),), low=0.5), Sample({"scalar": -3.0}, ((2, 7),), low=-3.0, high=-0.3))

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Divide a parameter."""
        return b.op("broadcast_div", number(b, self.scalar), x[0], name=node.name)


@operator("_maximum_scalar", "_MaximumScalar")
class MaximumScalar(Scalar):
    """The larger of x and scalar."""

    samples = (*Scalar.samples, Sample({"scalar": 0.0}, ((2, 7),)))

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Compare with a parameter; with zero it is relu."""
        if self.scalar == 0:
            return b.op("relu", x[0], name=node.name)
        return b.op("broadcast_maximum", x[0], number(b, self.scalar), name=node.name)


@operator("_minimum_scalar", "_MinimumScalar")
class MinimumScalar(Scalar):
    """The smaller of x and scalar."""

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Compare with a parameter."""
        return b.op("broadcast_minimum", x[0], number(b, self.scalar), name=node.name)
