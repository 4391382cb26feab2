"""The noise of a threshold: rounding inside it and clipping beyond it.

It follows from a histogram alone.
With n codes on each side of zero a threshold T has steps of s = T / n. Over a bin [a, b) of evenly spread values the
squared rounding error is exactly s**3 (F(b/s) - F(a/s)) / (b - a) with F(u) = r/12 + (u - r)**3 / 3, r = round(u).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mrt_studio.fixedpoint import int_range
from mrt_studio.stats.tensor_stats import TensorStats

Floats = NDArray[np.float64]
MERGED = 4
"""Bins are 512 to 1024 between zero and the largest magnitude then: several to a step of eight bits, and four times faster."""


def signed_codes(bits: int) -> int:
    """Codes above zero of a signed symmetric number."""
    return int_range(bits)


def codes_for(stats: TensorStats, bits: int, *, unsigned: bool) -> int:
    """Codes above zero.

    They are 2**bits - 1 where `unsigned` is allowed and no value is negative, else those of a signed number.
    """
    return (1 << bits) - 1 if unsigned and stats.minimum >= 0 else signed_codes(bits)


def magnitudes(stats: TensorStats, merged: int = 1) -> tuple[Floats, Floats, Floats]:
    """The bins of |x| that hold any: lower edges, upper edges and counts, (m,) each.

    `merged` bins of the histogram become one.
    """
    counts = stats.histogram.magnitudes.reshape(-1, merged).sum(axis=1)
    filled = np.flatnonzero(counts)
    width = stats.histogram.width * merged
    low, high = filled * width, (filled + 1) * width
    # No value lies beyond the largest magnitude, which may be the last bin's lower edge.
    high[-1] = max(stats.absmax, low[-1] + 1e-9 * width)
    return low, high, counts[filled].astype(np.float64)


def quantization_noise(stats: TensorStats, thresholds: Floats, codes: float) -> tuple[Floats, Floats]:
    """Mean squared error of rounding and of clipping, for each threshold, (k,) each.

    Args:
        stats: the tensor's statistics; not all zeros.
        thresholds: positive.
        codes: codes above zero; no whole number where the threshold lies between two.
    """
    low, high, counts = magnitudes(stats, MERGED)
    share = counts / counts.sum() / (high - low)
    limit = thresholds[:, None]
    step = limit / codes
    start, stop = np.minimum(low, limit), np.minimum(high, limit)
    rounding = (_sawtooth(stop / step) - _sawtooth(start / step)) @ share * (thresholds / codes) ** 3
    clipping = ((np.maximum(high, limit) - limit) ** 3 - (np.maximum(low, limit) - limit) ** 3) @ share / 3
    return np.maximum(rounding, 0.0), clipping


def _sawtooth(u: Floats) -> Floats:
    """The integral from 0 to u of the squared distance to the nearest integer."""
    nearest = np.floor(u + 0.5)
    return nearest / 12 + (u - nearest) ** 3 / 3
