"""MACE's ranges out of per-sample minima and maxima [MACE quantize_stat.py]."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MARGIN = 0.1
"""The smallest range that the enhancement leaves; an absolute number, so MACE's result depends on the tensor's unit."""


def percentile_range(mins: Floats, maxs: Floats, percentile: float) -> tuple[float, float]:
    """The percentile of the minima, and the hundred's complement of it of the maxima."""
    return float(np.percentile(mins, percentile)), float(np.percentile(maxs, 100 - percentile))


def enhanced_range(mins: Floats, maxs: Floats, percentile: float, ratio: float) -> tuple[float, float]:
    """Shrink the range while that costs few samples.

    A step to the i-th extreme is taken when the share of range it saves is more than `ratio` times the share of
    samples it gives up, both counted from the last step taken.
    """
    low, high = percentile_range(mins, maxs, percentile)
    n = len(mins)
    if n < 2 or low >= high:
        return low, high
    mins, maxs = np.sort(mins), np.sort(maxs)[::-1]
    low_at = high_at = 0
    for i in range(n):
        if mins[i] + MARGIN > high:
            break
        if i > low_at and (mins[i] - low) / (high - low) > ratio * (i - low_at) / (n - low_at):
            low, low_at = float(mins[i]), i
        if low + MARGIN > maxs[i]:
            break
        if i > high_at and (high - maxs[i]) / (high - low) > ratio * (i - high_at) / (n - high_at):
            high, high_at = float(maxs[i]), i
    return low, high
