"""elemwise_add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.addition import Addition
from mrt_studio.errors import ShapeError
from mrt_studio.ir.graph import Shape


@cvm_operator("elemwise_add")
@dataclass(frozen=True, kw_only=True)
class ElemwiseAdd(Addition):
    """a + b for equal shapes."""

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The common shape."""
        if inputs[0] != inputs[1]:
            raise ShapeError(f"elemwise_add needs equal shapes, not {inputs[0]} and {inputs[1]}.")
        return (inputs[0],)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's addition."""
        return f.elemwise_add(*x)
