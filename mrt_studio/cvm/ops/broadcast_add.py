"""broadcast_add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.addition import Addition
from mrt_studio.ir.graph import Shape
from mrt_studio.ir.shapes import broadcast


@cvm_operator("broadcast_add")
@dataclass(frozen=True, kw_only=True)
class BroadcastAdd(Addition):
    """a + b, axes of size one repeated."""

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The broadcast shape."""
        return (broadcast(inputs[0], inputs[1]),)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's addition."""
        return f.broadcast_add(*x)
