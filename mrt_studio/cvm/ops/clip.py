"""clip to integer bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator, fits_int32
from mrt_studio.cvm.ops.shared.limits import limit
from mrt_studio.errors import ShapeError
from mrt_studio.fixedpoint import count_bits
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Array, Shape

_LIMIT = (1 << 31) - 1


@cvm_operator("clip")
@dataclass(frozen=True, kw_only=True)
class Clip(CvmOperator):
    """Limit values to [a_min, a_max]."""

    arity = (1, 1)
    category = "activation"

    a_min: int = integer(low=-_LIMIT, high=_LIMIT)
    a_max: int = integer(low=-_LIMIT, high=_LIMIT)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        if self.a_min >= self.a_max:
            raise ShapeError(f"clip needs a_min < a_max, not {self.a_min} and {self.a_max}.")
        return (inputs[0],)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Count the bits of max(|a_min|, |a_max|) + 1 and add one: one too many where that maximum is 2**k - 1.

        Raises:
            OverflowError32: a limit is 2**31 - 1, for which the rule counts 33 bits.
        """
        return fits_int32(count_bits(max(abs(self.a_min), abs(self.a_max)) + 1) + 1, "Limit to 2**31 - 2.")

    def run(self, *x: Array) -> Array:
        """Limit with numpy."""
        return np.clip(x[0], self.a_min, self.a_max)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of x, or of the limits."""
        return max(bounds[0], abs(self.a_min), abs(self.a_max))

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's clip in float32; minimum and maximum in float64, because clip keeps its bounds in float32."""
        return limit(f, width, x[0], self.a_min, self.a_max)
