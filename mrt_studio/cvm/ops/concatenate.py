"""concatenate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("concatenate")
@dataclass(frozen=True, kw_only=True)
class Concatenate(CvmOperator):
    """Join along one axis."""

    arity = (1, 4096)
    category = "shape"

    axis: int = integer(1, low=-6, high=5)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes along the axis added; all others equal."""
        rank = len(inputs[0])
        if not -rank <= self.axis < rank or any(len(s) != rank for s in inputs):
            raise ShapeError(f"Shapes {inputs} cannot be joined along axis {self.axis}.")
        axis = self.axis % rank
        if len({(*s[:axis], *s[axis + 1 :]) for s in inputs}) > 1:
            raise ShapeError(f"Shapes {inputs} cannot be joined along axis {axis}.")
        return ((*inputs[0][:axis], sum(s[axis] for s in inputs), *inputs[0][axis + 1 :]),)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """The widest input."""
        return max(inputs)

    def run(self, *x: Array) -> Array:
        """All inputs in one array."""
        return np.concatenate(x, axis=self.axis)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The largest bound."""
        return max(bounds)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's concatenation."""
        return f.concat(*x, dim=self.axis)
