"""abs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("abs")
@dataclass(frozen=True, kw_only=True)
class Abs(SamePrecision):
    """The magnitude of x."""

    category = "elementwise"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def run(self, *x: Array) -> Array:
        """The magnitude with numpy."""
        return np.abs(x[0])

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's magnitude."""
        return f.abs(x[0])
