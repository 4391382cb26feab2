"""A histogram whose range grows by merging bins, exactly and in any order.

Bin k holds the values in [k w, (k+1) w) with the width w = 2**exponent a power of two, k from -4096 to
4095. A wider range needs a larger exponent d steps up, where bin k becomes bin k >> d: counts are
moved, never estimated. The exponent follows from the largest magnitude alone, so the result does
not depend on the order or grouping of the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HALF = 4096
"""Bins on each side of zero."""
EMPTY_EXPONENT = -1100
"""The exponent of a histogram that has only seen zeros."""
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Histogram:
    """Counts (8192,) of values in bins of width 2**exponent."""

    exponent: int
    counts: NDArray[np.int64]

    @staticmethod
    def of(x: NDArray[np.float32], largest: float) -> Histogram:
        """Count the values of a flat array whose largest magnitude is `largest`."""
        counts = np.zeros(2 * HALF, np.int64)
        if largest == 0:
            counts[HALF] = x.size
            return Histogram(EMPTY_EXPONENT, counts)
        exponent = math.frexp(largest)[1] - (HALF.bit_length() - 1)
        # Times a power of two from 1 on, a float32 stays exact; a smaller one could turn -1e-44 into -0, which is another bin.
        factor = math.ldexp(1.0, -exponent)
        dtype = np.float32 if 1 <= factor < 1e38 else np.float64
        scaled = np.empty(min(_CHUNK, x.size), dtype)
        index = np.empty(scaled.size, np.int64)
        for start in range(0, x.size, _CHUNK):
            part = x[start : start + _CHUNK]
            s, i = scaled[: part.size], index[: part.size]
            np.multiply(part, factor, out=s, dtype=dtype)
            np.floor(s, out=s)
            np.add(s, HALF, out=i, casting="unsafe", dtype=dtype)
            counts += np.bincount(i, minlength=2 * HALF)
        return Histogram(exponent, counts)

    @property
    def width(self) -> float:
        """The width of a bin."""
        return math.ldexp(1.0, self.exponent)

    @property
    def edges(self) -> NDArray[np.float64]:
        """The edges of the bins, (8193,)."""
        return np.arange(-HALF, HALF + 1) * self.width

    @property
    def magnitudes(self) -> NDArray[np.int64]:
        """Counts (4096,) of |x|, both sides of zero added."""
        return self.counts[HALF:] + self.counts[HALF - 1 :: -1]

    def coarsened(self, exponent: int) -> Histogram:
        """The same values in the wider bins of a larger exponent."""
        steps = min(exponent - self.exponent, HALF.bit_length() - 1)  # beyond, each side is in the one bin next to zero
        if steps <= 0:
            return self
        wider = self.counts.reshape(-1, 1 << steps).sum(axis=1)
        counts = np.zeros_like(self.counts)
        counts[HALF - wider.size // 2 : HALF + wider.size // 2] = wider
        return Histogram(exponent, counts)

    def merge(self, other: Histogram) -> Histogram:
        """The histogram of both sets of values."""
        exponent = max(self.exponent, other.exponent)
        return Histogram(exponent, self.coarsened(exponent).counts + other.coarsened(exponent).counts)
