"""elemwise_sub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.addition import Addition
from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("elemwise_sub")
@dataclass(frozen=True, kw_only=True)
class ElemwiseSub(Addition):
    """a - b for equal shapes."""

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The common shape."""
        if inputs[0] != inputs[1]:
            raise ShapeError(f"elemwise_sub needs equal shapes, not {inputs[0]} and {inputs[1]}.")
        return (inputs[0],)

    def run(self, *x: Array) -> Array:
        """Subtract in int64."""
        return x[0] - x[1]

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's subtraction."""
        return f.elemwise_sub(*x)
