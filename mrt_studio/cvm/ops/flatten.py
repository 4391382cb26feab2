"""flatten."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("flatten")
@dataclass(frozen=True, kw_only=True)
class Flatten(CvmOperator):
    """(N, ...) to (N, K)."""

    arity = (1, 1)
    category = "shape"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, product of the other axes)."""
        return ((inputs[0][0], math.prod(inputs[0][1:])),)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """p(x)."""
        return inputs[0]

    def run(self, *x: Array) -> Array:
        """The same values in another shape."""
        return x[0].reshape(len(x[0]), -1)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of x."""
        return bounds[0]

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's flatten."""
        return f.flatten(x[0])

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """One."""
        return 1
