"""An exponential moving average of the batches' largest magnitudes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import OptionError
from mrt_studio.observers.base import Curve, Observer, check_range, observers
from mrt_studio.observers.extremes import batch_means
from mrt_studio.stats.tensor_stats import TensorStats

STARTS = ("corrected", "zero", "first")


@observers.register("moving_average")
@dataclass(frozen=True)
class MovingAverage(Observer):
    """Moving average of batches' largest magnitudes [Quantization.MXNet update_ema].

    v = momentum v + (1 - momentum) m over the batches, m the mean of the samples' max |x|.
    `start` says where v starts: ``zero`` as Quantization.MXNet does, which is too low after few batches; ``first``, the
    first batch, as MQBench's EMAMinMax does; ``corrected`` divides the former by 1 - momentum**batches.
    """

    summary = "moving average of the batches' largest magnitudes"
    momentum: float = 0.9
    batch: int = 1
    start: str = "corrected"

    def __post_init__(self) -> None:
        check_range("momentum", self.momentum, 0, 0.999999)
        check_range("batch", self.batch, 1, 1 << 20, whole=True)
        if self.start not in STARTS:
            raise OptionError(f"start must be one of {', '.join(STARTS)}, not {self.start!r}.")

    def choose(self, stats: TensorStats) -> float:
        """The average after the last batch."""
        return float(self._averages(stats)[-1])

    def curve(self, stats: TensorStats) -> Curve:
        """The number of batches after which the average first reached each of its values."""
        averages = self._averages(stats)
        order = np.argsort(averages, kind="stable")
        return Curve("batches", averages[order], order + 1.0)

    def _averages(self, stats: TensorStats) -> NDArray[np.float64]:
        values = batch_means(stats, self.batch)[:, 2]
        average, found = (values[0] if self.start == "first" else 0.0), np.empty(len(values))
        for i, value in enumerate(values):
            average = self.momentum * average + (1 - self.momentum) * value
            found[i] = average
        return found / (1 - self.momentum ** np.arange(1, len(values) + 1)) if self.start == "corrected" else found
