"""The average of the batches' minima and maxima."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.observers.base import Observer, check_range, observers
from mrt_studio.observers.extremes import batch_extremes
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("minmax_average")
@dataclass(frozen=True)
class MinMaxAverage(Observer):
    """The larger magnitude of mean minimum and mean maximum [MQBench AverageMinMax].

    The means are over batches.
    """

    summary = "mean minimum and mean maximum of the batches"
    batch: int = 1

    def __post_init__(self) -> None:
        check_range("batch", self.batch, 1, 1 << 20, whole=True)

    def choose(self, stats: TensorStats) -> float:
        """Average the extremes."""
        low, high = batch_extremes(stats, self.batch).mean(axis=0)
        return max(abs(float(low)), abs(float(high)))
