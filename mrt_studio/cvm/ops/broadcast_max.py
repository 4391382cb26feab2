"""broadcast_max."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.broadcasting import Broadcasting
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("broadcast_max")
@dataclass(frozen=True, kw_only=True)
class BroadcastMax(Broadcasting):
    """max(a, b), axes of size one repeated."""

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """The wider input."""
        return max(inputs)

    def run(self, *x: Array) -> Array:
        """The maximum with numpy."""
        return np.maximum(x[0], x[1])

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's maximum."""
        return f.broadcast_maximum(*x)
