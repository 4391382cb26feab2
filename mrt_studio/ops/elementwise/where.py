"""Selection by a condition."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Node, Shape
from mrt_studio.ops.base import Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.alignment import aligned
from mrt_studio.ops.shared.truth import nonzero


@operator("where")
@dataclass(frozen=True, kw_only=True)
class Where(Operator):
    """x where the condition is not zero, else y.

    A condition of one axis chooses along the first axis.
    """

    arity = (3, 3)
    category = "elementwise"
    input_names = ("condition", "x", "y")
    tolerance = 2.0**-14  # x and y of different scales are rounded to half a step of sixteen bits
    samples = (
        Sample({}, ((2, 3, 4), (2, 3, 4), (2, 3, 4)), low=-1, high=1, whole=True),
        Sample({}, ((2, 8), (2, 8)), ((2, 8),), low=-1, high=1, whole=True),
        Sample({}, ((3,), (3, 4, 2), (3, 4, 2)), low=-1, high=1, whole=True),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x and y."""
        condition, x, y = inputs
        if x != y or condition not in (x, x[:1]):
            raise ShapeError(f"where needs x and y of one shape and a condition of that shape or its first axis, not {condition}, {x} and {y}.")
        return (x,)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Emit y + c * (x - y) with c of 0 and 1, which is exact.

        The machine's own `where` is not right on all back ends.
        """
        condition, (one, other) = nonzero(q, x[0], "condition"), aligned(q, x[1:], q.threshold(node.name))
        missing = len(q.shape(one.ref)) - len(q.shape(condition))
        if missing:
            condition = q.emit("cvm.expand_dims", condition, axis=1, num_newaxis=missing, hint="condition")
        difference = q.emit("cvm.broadcast_sub", one.ref, other.ref, hint="difference")
        chosen = q.emit("cvm.broadcast_mul", condition, difference, hint="chosen")
        return q.result(q.emit("cvm.broadcast_add", other.ref, chosen), one.scale)
