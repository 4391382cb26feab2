"""What operators of two broadcast inputs share."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Shape
from mrt_studio.ir.shapes import broadcast
from mrt_studio.ops.base import Operator, Sample


@dataclass(frozen=True, kw_only=True)
class Broadcasting(Operator):
    """An operator on two tensors, axes of size one repeated."""

    arity = (2, 2)
    category = "elementwise"
    input_names = ("lhs", "rhs")
    samples = (Sample({}, ((2, 3, 4, 4),), ((1, 3, 1, 1),)), Sample({}, ((2, 3, 1), (2, 1, 5))))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The broadcast shape."""
        return (broadcast(inputs[0], inputs[1]),)
