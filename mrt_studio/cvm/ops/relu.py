"""relu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("relu")
@dataclass(frozen=True, kw_only=True)
class Relu(SamePrecision):
    """max(x, 0)."""

    category = "activation"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def run(self, *x: Array) -> Array:
        """max(x, 0)."""
        return np.maximum(x[0], 0)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's relu."""
        return f.relu(x[0])
