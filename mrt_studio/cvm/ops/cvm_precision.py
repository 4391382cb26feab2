"""cvm_precision: how many bits a magnitude has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.fixedpoint import INT32_BITS
from mrt_studio.ir.graph import Array, Shape

_BITS = 6
_POWERS = tuple(1 << k for k in range(1, INT32_BITS - 1))
"""Each of these that |x| reaches needs one more bit; |x| is below the next one, 2**31."""


@cvm_operator("cvm_precision")
@dataclass(frozen=True, kw_only=True)
class CvmPrecision(CvmOperator):
    """The bits of |x| without a sign: floor(log2 |x|) + 1, and 1 for 0."""

    arity = (1, 1)
    category = "elementwise"

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Six: no magnitude has more than 31 bits."""
        return _BITS

    def run(self, *x: Array) -> Array:
        """Count the powers of two that |x| reaches."""
        return 1 + np.searchsorted(_POWERS, np.abs(x[0]), side="right").astype(np.int64)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of x, or the largest count."""
        return max(bounds[0], 1 + len(_POWERS))

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """Compare with each power of two: they are exact in every float type, a logarithm is not."""
        magnitude = f.abs(x[0])
        return 1 + sum(magnitude >= power for power in _POWERS)
