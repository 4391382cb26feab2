"""negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("negative")
@dataclass(frozen=True, kw_only=True)
class Negative(SamePrecision):
    """x with the other sign."""

    category = "elementwise"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def run(self, *x: Array) -> Array:
        """Change the sign."""
        return -x[0]

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's change of sign."""
        return f.negative(x[0])
