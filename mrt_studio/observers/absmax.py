"""The largest magnitude seen."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.observers.base import Observer, observers
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("absmax")
@dataclass(frozen=True)
class AbsMax(Observer):
    """max |x|: nothing is clipped [MRT's default]."""

    summary = "the largest magnitude; nothing is clipped"

    def choose(self, stats: TensorStats) -> float:
        """Max |x|."""
        return stats.absmax
