"""cvm_right_shift: divide by a power of two, rounding half up, and limit to a precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, at_most, cvm_operator
from mrt_studio.cvm.ops.shared.limits import limit
from mrt_studio.fixedpoint import INT32_BITS, int_range
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Array, Shape

MAX_SHIFT = 30
"""The largest shift on which the runtime's back ends agree."""


@cvm_operator("cvm_right_shift")
@dataclass(frozen=True, kw_only=True)
class CvmRightShift(CvmOperator):
    """y = floor(x / 2**shift_bit + 1/2), limited to +-(2**(precision-1) - 1)."""

    arity = (1, 1)
    category = "quantize"

    precision: int = integer(low=1, high=INT32_BITS)
    shift_bit: int = integer(low=1, high=INT32_BITS)
    is_sign: bool = flag(default=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """The attribute; shifts beyond 30 are refused because the back ends differ there."""
        at_most(self.shift_bit, MAX_SHIFT, "The shift", "Shift in two steps.")
        return self.precision

    def run(self, *x: Array) -> Array:
        """((x >> (b-1)) + 1) >> 1, then clip."""
        high = int_range(self.precision)
        return np.clip(((x[0] >> (self.shift_bit - 1)) + 1) >> 1, -high, high)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """Twice the bound of x: adding one half needs a bit more than x has."""
        return max(2 * bounds[0], int_range(self.precision))

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """floor(x * 2**-b + 0.5): the product with a power of two is exact."""
        high = int_range(self.precision)
        return limit(f, width, f.floor(x[0] * 2.0**-self.shift_bit + 0.5), -high, high)
