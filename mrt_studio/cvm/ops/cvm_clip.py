"""cvm_clip: limit to a precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.cvm.ops.shared.limits import limit
from mrt_studio.fixedpoint import INT32_BITS, int_range
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("cvm_clip")
@dataclass(frozen=True, kw_only=True)
class CvmClip(CvmOperator):
    """Limit values to +-(2**(precision-1) - 1)."""

    arity = (1, 1)
    category = "quantize"

    precision: int = integer(low=1, high=INT32_BITS)
    is_sign: bool = flag(default=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """The attribute, even where x has fewer bits."""
        return self.precision

    def run(self, *x: Array) -> Array:
        """Clip, signed whatever is_sign says (the runtime ignores it)."""
        high = int_range(self.precision)
        return np.clip(x[0], -high, high)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of x, or of the limit."""
        return max(bounds[0], int_range(self.precision))

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """Limit in floats."""
        high = int_range(self.precision)
        return limit(f, width, x[0], -high, high)
