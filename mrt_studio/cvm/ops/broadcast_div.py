"""broadcast_div: quotients without their fraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.broadcasting import Broadcasting
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("broadcast_div")
@dataclass(frozen=True, kw_only=True)
class BroadcastDiv(Broadcasting):
    """a / b truncated toward zero, 0 where b is 0; axes of size one repeated."""

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of a: no quotient is larger."""
        return inputs[0]

    def run(self, *x: Array) -> Array:
        """Divide the magnitudes in int64, and give the quotient its sign."""
        divisor = np.maximum(np.abs(x[1]), 1)
        return np.sign(x[0]) * np.sign(x[1]) * (np.abs(x[0]) // divisor)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """The truncated float quotient, which is exact.

        A quotient that is no integer lies at least 1/|b| below the next magnitude that is one. Rounding to m bits
        moves it by less than |a| / |b| * 2**-m, which is at most 1/|b| for |a| <= 2**m: it cannot reach that integer.
        `largest` ensures 2**24 for float32, and INT32 2**53 for float64. Integers themselves stay what they are.
        """
        zero = x[1] == 0
        return f.broadcast_mul(f.trunc(f.broadcast_div(x[0], x[1] + zero)), 1 - zero)
