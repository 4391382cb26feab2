"""broadcast_greater."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.broadcasting import Broadcasting
from mrt_studio.errors import OverflowError32
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("broadcast_greater")
@dataclass(frozen=True, kw_only=True)
class BroadcastGreater(Broadcasting):
    """1 where a > b, else 0; axes of size one repeated."""

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of a, whatever the result needs.

        Raises:
            OverflowError32: a has one bit, which the result 1 exceeds.
        """
        if inputs[0] < 2:
            raise OverflowError32(
                "The result of broadcast_greater can be 1, which one bit does not hold.",
                why="The runtime gives it the precision of the first input, which has one bit and is always zero.",
                remedy="Bring the first input to 2 bits with cvm_clip.",
            )
        return inputs[0]

    def run(self, *x: Array) -> Array:
        """Compare with numpy."""
        return (x[0] > x[1]).astype(np.int64)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's comparison, which gives the type of its inputs."""
        return f.broadcast_greater(*x)
