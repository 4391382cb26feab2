"""relu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("relu")
@dataclass(frozen=True, kw_only=True)
class Relu(CvmOperator):
    """max(x, 0)."""

    arity = (1, 1)
    category = "activation"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """p(x)."""
        return inputs[0]

    def run(self, *x: Array) -> Array:
        """max(x, 0)."""
        return np.maximum(x[0], 0)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of x."""
        return bounds[0]

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's relu."""
        return f.relu(x[0])
