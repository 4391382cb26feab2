"""Confidence intervals of shares and means, by resampling the samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mrt_studio.metrics.base import Floats

RESAMPLES = 2000
_PICKS = 1 << 23
"""So many numbers are drawn at once: with many samples, all of them would fill the memory."""


class Interval(NamedTuple):
    """A mean and its interval."""

    mean: float
    low: float
    high: float


def bootstrap(values: Floats, *, confidence: float = 0.95, seed: int = 0) -> Interval:
    """The percentile bootstrap of the mean of one value a sample [Efron 1979].

    It is the same for the same seed.

    Args:
        values: (n,), n >= 1; for a share one where it holds and zero elsewhere.
        confidence: the share of resamples inside the interval.
        seed: of the resampling.
    """
    x = np.asarray(values, np.float64)
    rng, block = np.random.default_rng(seed), max(1, _PICKS // len(x))
    means = [x[rng.integers(0, len(x), (min(block, RESAMPLES - done), len(x)))].mean(axis=1) for done in range(0, RESAMPLES, block)]
    low, high = np.quantile(np.concatenate(means), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(x.mean()), float(low), float(high))
