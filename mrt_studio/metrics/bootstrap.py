"""Confidence intervals of shares and means, by resampling the samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mrt_studio.metrics.base import Floats

RESAMPLES = 2000


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
    picks = np.random.default_rng(seed).integers(0, len(x), (RESAMPLES, len(x)))
    low, high = np.quantile(x[picks].mean(axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(x.mean()), float(low), float(high))
