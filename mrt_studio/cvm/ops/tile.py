"""tile."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("tile")
@dataclass(frozen=True, kw_only=True)
class Tile(SamePrecision):
    """The whole array `reps` times along each axis, the axes counted from the last."""

    category = "shape"

    reps: tuple[int, ...] = ints(low=1, high=4096, lengths=(1, 2, 3, 4, 5, 6))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes times `reps`, the shorter of the two filled up with ones in front."""
        pairs = zip_longest(reversed(inputs[0]), reversed(self.reps), fillvalue=1)
        return (tuple(size * count for size, count in pairs)[::-1],)

    def run(self, *x: Array) -> Array:
        """The tiled values."""
        return np.tile(x[0], self.reps)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's tile, axis by axis: over several at once it fails or gives wrong values."""
        out, rank = x[0], max(len(shapes[0]), len(self.reps))
        for _ in range(rank - len(shapes[0])):
            out = f.expand_dims(out, axis=0)
        for axis, count in enumerate(reversed(self.reps), start=1):
            if count > 1:
                out = f.tile(out, reps=(count, *(1,) * (axis - 1)))
        return out
