"""Comparisons and logic with a number: 1 where they hold, else 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.fixedpoint import INT32_BITS, int_range
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.scalars import Scalar, number
from mrt_studio.ops.shared.truth import Kind, compared, greater


@dataclass(frozen=True, kw_only=True)
class ScalarComparison(Scalar):
    """A comparison with a number, exact for what the integers stand for."""

    kind: ClassVar[Kind]
    tolerance = 0.0

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Compare with a parameter."""
        return b.op(f"broadcast_{self.kind}", x[0], number(b, self.scalar), name=node.name)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """Compare with the scalar as an integer, truncated toward zero [MRT].

        Whoever puts it on top has multiplied the scalar by the scale of x.

        Raises:
            UnsupportedError: it is beyond INT32.
        """
        if abs(self.scalar) > int_range(INT32_BITS):
            raise UnsupportedError(f"{self.name} compares integers with {self.scalar:g}.", why="It is beyond INT32.", remedy="Choose another scalar.")
        limit = q.constant("scalar", np.array([int(self.scalar)]))
        return (compared(q, self.kind, lambda hint: greater(q, x[0].ref, limit, hint), lambda hint: greater(q, limit, x[0].ref, hint)),)


@operator("_greater_scalar", "_GreaterScalar")
class GreaterScalar(ScalarComparison):
    """x > scalar."""

    kind = "greater"


@operator("_greater_equal_scalar", "_GreaterEqualScalar")
class GreaterEqualScalar(ScalarComparison):
    """x >= scalar."""

    kind = "greater_equal"


@operator("_lesser_scalar", "_LesserScalar")
class LesserScalar(ScalarComparison):
    """x < scalar."""

    kind = "lesser"


@operator("_lesser_equal_scalar", "_LesserEqualScalar")
class LesserEqualScalar(ScalarComparison):
    """x <= scalar."""

    kind = "lesser_equal"


@operator("_equal_scalar", "_EqualScalar")
class EqualScalar(ScalarComparison):
    """x == scalar."""

    kind = "equal"


@operator("_not_equal_scalar", "_NotEqualScalar")
class NotEqualScalar(ScalarComparison):
    """x != scalar."""

    kind = "not_equal"


@dataclass(frozen=True, kw_only=True)
class ScalarLogic(Scalar):
    """Logic with a number; everything but zero is true."""

    kind: ClassVar[str]
    tolerance = 0.0

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Combine with a parameter."""
        return b.op(f"broadcast_logical_{self.kind}", x[0], number(b, self.scalar), name=node.name)


@operator("_logical_and_scalar", "_LogicalAndScalar")
class LogicalAndScalar(ScalarLogic):
    """1 where neither x nor scalar is zero."""

    kind = "and"


@operator("_logical_or_scalar", "_LogicalOrScalar")
class LogicalOrScalar(ScalarLogic):
    """1 where x or scalar is not zero."""

    kind = "or"


@operator("_logical_xor_scalar", "_LogicalXorScalar")
class LogicalXorScalar(ScalarLogic):
    """1 where exactly one of x and scalar is zero."""

    kind = "xor"
