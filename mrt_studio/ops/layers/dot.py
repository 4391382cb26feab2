"""Product of two matrices, or tensors along one axis each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import flag
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.layouts import reshaped, transposed


@operator("dot")
@dataclass(frozen=True, kw_only=True)
class Dot(Rewritten):
    """Multiply a (..., K) by b (K, ...): add along the last axis of the first and the first axis of the second.

    With transpose_a the first axis of a is added instead and with transpose_b the last axis of b.
    """

    arity = (2, 2)
    category = "dense"
    tolerance = 0.02  # both inputs are rounded to eight bits, and sums of few products may cancel
    input_names = ("lhs", "rhs")
    ignored = frozenset({"forward_stype"})

    transpose_a: bool = flag(default=False)
    transpose_b: bool = flag(default=False)

    samples = (
        Sample({}, ((2, 5), (5, 3))),
        Sample({"transpose_b": True}, ((2, 5), (4, 5))),
        Sample({"transpose_a": True}, ((5, 3), (5, 2))),
        Sample({}, ((2, 3, 5), (5, 2, 4))),
        Sample({"transpose_b": True}, ((2, 3, 5),), ((2, 4, 5),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The axes of both that are not added; (1) if none is left."""
        a, b = inputs
        if not a or not b:
            raise ShapeError(f"dot needs inputs of at least one axis, not {a} and {b}.")
        (*rows, inner), (outer, *columns) = (*a[1:], a[0]) if self.transpose_a else a, (b[-1], *b[:-1]) if self.transpose_b else b
        if inner != outer:
            raise ShapeError(f"dot cannot multiply {a} by {b} with transpose_a={self.transpose_a} and transpose_b={self.transpose_b}.")
        if len(rows) + len(columns) > 6:
            raise ShapeError(f"The product of {a} and {b} has more than six axes.")
        return ((*rows, *columns) or (1,),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """A fully connected layer whose weight is the second input."""
        a, c = b.shape(x[0]), b.shape(x[1])
        if min(len(a), len(c)) < 2:
            raise UnsupportedError(
                f"dot of {a} and {c} is not supported.",
                why="A vector has no axis for the batch.",
                remedy="Reshape vectors to matrices.",
            )
        lhs = b.op("transpose", x[0], axes=(*range(1, len(a)), 0)) if self.transpose_a else x[0]
        columns, flat = (c[:-1], (-1, c[-1])) if self.transpose_b else (c[1:], (c[0], -1))
        rhs = x[1] if len(c) == 2 else reshaped(b, x[1], flat)
        weight = rhs if self.transpose_b else transposed(b, rhs, (1, 0))
        name = node.name if len(c) == 2 else None
        out = b.op("FullyConnected", lhs, weight, name=name, num_hidden=math.prod(columns), no_bias=True, flatten=False)
        return out if name else b.op("Reshape", out, name=node.name, shape=(*(0,) * (len(a) - 1), *columns))
