"""get_valid_counts: how many boxes have a score above a threshold, and these boxes first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.cvm.ops.base import cvm_operator
from mrt_studio.cvm.ops.shared.no_twin import NoTwin
from mrt_studio.errors import OverflowError32, ShapeError
from mrt_studio.fixedpoint import count_bits
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Array, Shape

_FAR = (1 << 31) - 1
_SCORE = 1


@cvm_operator("get_valid_counts")
@dataclass(frozen=True, kw_only=True)
class GetValidCounts(NoTwin):
    """Count the rows of x (B, N, k) whose second number exceeds a threshold.

    The first output is the counts (B), the second x with these rows first, in their order, and -1 in the others.
    """

    arity = (1, 1)
    category = "other"

    score_threshold: int = integer(0, low=-_FAR, high=_FAR)

    @property
    def outputs(self) -> int:
        """Two: counts and rows."""
        return 2

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(B) and (B, N, k)."""
        data = inputs[0]
        if len(data) != 3 or not 2 <= data[2] < 32:
            raise ShapeError(f"get_valid_counts needs (batch, boxes, 2 to 31 numbers), not {data}.")
        return data[:1], data

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of the counts; the runtime takes the size of a whole sample for the largest."""
        return count_bits(math.prod(shapes[0][1:]) + 1) + 1

    def all_bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> tuple[int, ...]:
        """Those of the counts, and those of x.

        Raises:
            OverflowError32: x has one bit, which cannot hold -1.
        """
        if inputs[0] < 2:
            raise OverflowError32("The boxes have 1 bit, which cannot hold the -1 of the rows that are left.", remedy="Give them at least 2 bits.")
        return self.bits(inputs, shapes), inputs[0]

    def run(self, *x: Array) -> Array:
        """The counts."""
        return self.run_all(*x)[0]

    def run_all(self, *x: Array) -> tuple[Array, ...]:
        """The counts and the rows."""
        valid = x[0][..., _SCORE] > self.score_threshold
        counts, rows = valid.sum(axis=1, dtype=np.int64), np.full_like(x[0], -1)
        for sample, chosen, out, count in zip(x[0], valid, rows, counts, strict=True):
            out[:count] = sample[chosen]
        return counts, rows
