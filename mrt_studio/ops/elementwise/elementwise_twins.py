"""Operators on equal shapes: rewritten into their broadcasting twins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.rewriting import rewritten


@dataclass(frozen=True, kw_only=True)
class Twin(Rewritten):
    """An operator on two tensors of one shape."""

    twin: ClassVar[str]
    arity = (2, 2)
    category = "elementwise"
    input_names = ("lhs", "rhs")
    tolerance = 2.0**-14  # those of the twins: half a step of sixteen bits for each input
    samples = (Sample({}, ((2, 3, 4), (2, 3, 4))),)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The common shape."""
        if inputs[0] != inputs[1]:
            raise ShapeError(f"{self.name} needs equal shapes, not {inputs[0]} and {inputs[1]}.", remedy=f"Use {self.twin}.")
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
        """The twin, or what it asks to be rewritten into."""
        return rewritten(b, node, x, self.twin)


@operator("elemwise_sub", "_minus", "_sub", "_Minus")
class ElemwiseSub(Twin):
    """a - b."""

    twin = "broadcast_sub"


@operator("elemwise_mul", "_mul", "_Mul")
class ElemwiseMul(Twin):
    """a * b."""

    twin = "broadcast_mul"


@operator("elemwise_div", "_div", "_Div")
class ElemwiseDiv(Twin):
    """a / b."""

    twin = "broadcast_div"
    tolerance = 2.0**-12  # a truncated quotient
    samples = (Sample({}, ((2, 3, 4), (2, 3, 4)), low=0.5),)


@operator("_maximum", "_Maximum")
class Maximum(Twin):
    """The larger of a and b."""

    twin = "broadcast_maximum"


@operator("_minimum", "_Minimum")
class Minimum(Twin):
    """The smaller of a and b."""

    twin = "broadcast_minimum"


@operator("_hypot", "_Hypot")
class Hypot(Twin):
    """The square root of a * a + b * b."""

    twin = "broadcast_hypot"
    tolerance = 2.0**-12


@dataclass(frozen=True, kw_only=True)
class TruthTwin(Twin):
    """One whose result is 0 or 1."""

    tolerance = 0.0


@operator("_greater", "_Greater")
class Greater(TruthTwin):
    """1 where a > b, else 0."""

    twin = "broadcast_greater"


@operator("_greater_equal", "_Greater_Equal")
class GreaterEqual(TruthTwin):
    """1 where a >= b, else 0."""

    twin = "broadcast_greater_equal"


@operator("_lesser", "_Lesser")
class Lesser(TruthTwin):
    """1 where a < b, else 0."""

    twin = "broadcast_lesser"


@operator("_lesser_equal", "_Lesser_Equal")
class LesserEqual(TruthTwin):
    """1 where a <= b, else 0."""

    twin = "broadcast_lesser_equal"


@operator("_equal", "_Equal")
class Equal(TruthTwin):
    """1 where a == b, else 0."""

    twin = "broadcast_equal"


@operator("_not_equal", "_Not_Equal")
class NotEqual(TruthTwin):
    """1 where a != b, else 0."""

    twin = "broadcast_not_equal"


@operator("_logical_and", "_Logical_And")
class LogicalAnd(TruthTwin):
    """1 where neither is zero."""

    twin = "broadcast_logical_and"


@operator("_logical_or", "_Logical_Or")
class LogicalOr(TruthTwin):
    """1 where one is not zero."""

    twin = "broadcast_logical_or"


@operator("_logical_xor", "_Logical_Xor")
class LogicalXor(TruthTwin):
    """1 where exactly one is zero."""

    twin = "broadcast_logical_xor"
