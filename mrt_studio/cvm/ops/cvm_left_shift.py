"""cvm_left_shift: multiply by a power of two, and limit to a precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, at_most, cvm_operator
from mrt_studio.cvm.ops.shared.limits import limit
from mrt_studio.fixedpoint import INT32_BITS, int_range
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("cvm_left_shift")
@dataclass(frozen=True, kw_only=True)
class CvmLeftShift(CvmOperator):
    """y = x * 2**shift_bit, limited to +-(2**(precision-1) - 1).

    Graphs with it are not compiled: the runtime's CPU back end cannot run it.
    """

    arity = (1, 1)
    category = "quantize"

    precision: int = integer(low=1, high=INT32_BITS)
    shift_bit: int = integer(low=1, high=INT32_BITS)
    is_sign: bool = flag(default=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """The attribute; the shifted value must fit INT32 before it is limited."""
        at_most(inputs[0] + self.shift_bit, INT32_BITS, "The shifted value", "Lower the precision of the input.")
        return self.precision

    def run(self, *x: Array) -> Array:
        """Shift in int64, then clip."""
        high = int_range(self.precision)
        return np.clip(x[0] << self.shift_bit, -high, high)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of x shifted, or the limit."""
        return max(bounds[0] << self.shift_bit, int_range(self.precision))

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """A product with a power of two, which is exact."""
        high = int_range(self.precision)
        return limit(f, width, x[0] * 2.0**self.shift_bit, -high, high)
