"""flatten."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("flatten")
@dataclass(frozen=True, kw_only=True)
class Flatten(SamePrecision):
    """(N, ...) to (N, K)."""

    category = "shape"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, product of the other axes)."""
        return ((inputs[0][0], math.prod(inputs[0][1:])),)

    def run(self, *x: Array) -> Array:
        """The same values in another shape."""
        return x[0].reshape(len(x[0]), -1)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's flatten."""
        return f.flatten(x[0])

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """One."""
        return 1
