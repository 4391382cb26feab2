"""MRT's rule: mean plus lambda standard deviations."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import OptionError
from mrt_studio.observers.base import Observer, observers
from mrt_studio.stats.tensor_stats import TensorStats

LARGEST = 1e6
"""Beyond any use: lambd standard deviations exceed max |x| long before."""


@observers.register("mrt_lambda")
@dataclass(frozen=True)
class MrtLambda(Observer):
    """alpha = |mean| + lambd * std, used where it is below 0.95 max |x| [MRT calibrate]."""

    summary = "|mean| + lambd * std, where that clips at least 5 % of the range"
    lambd: float = 10.0

    def __post_init__(self) -> None:
        if type(self.lambd) not in (int, float) or not 0 < self.lambd <= LARGEST:
            raise OptionError(f"lambd must be a number above 0 and at most {LARGEST:g}, not {self.lambd!r}.")

    def choose(self, stats: TensorStats) -> float:
        """Alpha, or max |x| where alpha is not clearly smaller."""
        alpha = abs(stats.mean) + self.lambd * stats.std
        return alpha if alpha < 0.95 * stats.absmax else stats.absmax
