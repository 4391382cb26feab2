"""MACE's enhanced ranges: outlying samples are left out where that saves range."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.observers.base import Observer, check_range, observers
from mrt_studio.observers.mace import enhanced_range
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("mace_enhance")
@dataclass(frozen=True)
class MaceEnhance(Observer):
    """Per-sample extremes without outlying samples [MACE quantize_stat --enhance].

    Percentiles of the extremes are shrunk while the saved range outweighs the lost samples.
    """

    summary = "per-sample extremes without the outlying samples"
    percentile: float = 0
    ratio: float = 10

    def __post_init__(self) -> None:
        check_range("percentile", self.percentile, 0, 50)
        check_range("ratio", self.ratio, 0, 1e6)

    def choose(self, stats: TensorStats) -> float:
        """The larger magnitude of both ends."""
        return max(map(abs, enhanced_range(stats.rows[:, 2], stats.rows[:, 3], self.percentile, self.ratio)))
