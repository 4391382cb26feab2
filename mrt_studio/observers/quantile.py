"""MQBench's quantile of the magnitudes: the middle of a bin of 2048."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.observers.base import Observer, check_range, observers
from mrt_studio.observers.noise import magnitudes
from mrt_studio.stats.tensor_stats import TensorStats

BINS = 2048
"""Bins between zero and the largest magnitude [MQBench]."""


@observers.register("quantile")
@dataclass(frozen=True)
class Quantile(Observer):
    """The middle of the bin in which a quantile of |x| lies [MQBench EMAQuantile].

    It is the first of 2048 bins up to which a share `q` of the elements lies.
    MQBench averages it over batches; here it is that of all the data.
    """

    summary = "the middle of the bin of magnitudes in which a quantile lies"
    q: float = 0.99999

    def __post_init__(self) -> None:
        check_range("q", self.q, 0.5, 1)

    def choose(self, stats: TensorStats) -> float:
        """Find the bin."""
        low, high, counts = magnitudes(stats)
        bins = np.minimum((low + high) / 2 / stats.absmax * BINS, BINS - 1).astype(np.int64)
        upto = np.cumsum(np.bincount(bins, counts, BINS))
        found = int(np.searchsorted(upto, self.q * upto[-1]))
        return (min(found, BINS - 1) + 0.5) / BINS * stats.absmax
