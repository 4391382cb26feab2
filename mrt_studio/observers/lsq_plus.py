"""The initial range of LSQ+."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.observers.base import Observer, check_range, observers
from mrt_studio.observers.noise import signed_codes
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("lsq_plus")
@dataclass(frozen=True)
class LsqPlus(Observer):
    """LSQ+'s initial range, from mean +- 3 std [Bhalgat et al. 2020; MQBench].

    The step is max(|mean - 3 std|, |mean + 3 std|) / 2**(bits-1); the threshold is that times the largest code.
    """

    summary = "LSQ+'s initial value: mean plus and minus three standard deviations"
    bits: int = 8

    def __post_init__(self) -> None:
        check_range("bits", self.bits, 2, 16, whole=True)

    def choose(self, stats: TensorStats) -> float:
        """From mean and standard deviation."""
        widest = max(abs(stats.mean - 3 * stats.std), abs(stats.mean + 3 * stats.std))
        return widest * signed_codes(self.bits) / (1 << (self.bits - 1))
