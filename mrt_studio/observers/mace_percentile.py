"""MACE's percentile of per-sample extremes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.observers.base import Observer, check_range, observers
from mrt_studio.observers.mace import percentile_range
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("mace_percentile")
@dataclass(frozen=True)
class MacePercentile(Observer):
    """The larger magnitude of two percentiles [MACE quantize_stat].

    They are the p-th of the samples' minima and the (100-p)-th of their maxima.
    """

    summary = "percentiles of the samples' minima and maxima"
    percentile: float = 0

    def __post_init__(self) -> None:
        check_range("percentile", self.percentile, 0, 50)

    def choose(self, stats: TensorStats) -> float:
        """The larger magnitude of both ends."""
        return max(map(abs, percentile_range(stats.rows[:, 2], stats.rows[:, 3], self.percentile)))
