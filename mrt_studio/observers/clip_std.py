"""Mean plus and minus a number of standard deviations."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.observers.base import Observer, check_range, observers
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("clip_std")
@dataclass(frozen=True)
class ClipStd(Observer):
    """The larger magnitude of mean - k std and mean + k std [MQBench ClipStd].

    Each is limited to the data's range, as its paper says.
    MQBench's code takes the wider of both, so it never clips; here the narrower one counts.
    """

    summary = "mean plus and minus k standard deviations"
    k: float = 2.6

    def __post_init__(self) -> None:
        check_range("k", self.k, 1e-3, 1e6)

    def choose(self, stats: TensorStats) -> float:
        """Limit the range on both sides."""
        low = max(stats.mean - self.k * stats.std, stats.minimum)
        high = min(stats.mean + self.k * stats.std, stats.maximum)
        return max(abs(low), abs(high))
