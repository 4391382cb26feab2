"""What functions of one number share."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import Operator


@dataclass(frozen=True, kw_only=True)
class Unary(Operator):
    """An operator that maps each element by itself."""

    arity = (1, 1)
    category = "elementwise"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)
