"""The initial step of learned step size quantization."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.observers.base import Observer, check_range, observers
from mrt_studio.observers.noise import codes_for, magnitudes
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("lsq")
@dataclass(frozen=True)
class Lsq(Observer):
    """LSQ's initial value: 2 mean|x| sqrt(codes) [Esser et al. 2020; MQBench].

    That is the initial step 2 mean|x| / sqrt(codes) times the codes above zero.
    """

    summary = "LSQ's initial value: 2 mean|x| sqrt(codes)"
    bits: int = 8
    unsigned: bool = False

    def __post_init__(self) -> None:
        check_range("bits", self.bits, 2, 16, whole=True)

    def choose(self, stats: TensorStats) -> float:
        """From the mean magnitude.

        It is exact where no signs are mixed, and from the histogram elsewhere.
        """
        return 2 * _mean_magnitude(stats) * math.sqrt(codes_for(stats, self.bits, unsigned=self.unsigned))


def _mean_magnitude(stats: TensorStats) -> float:
    if stats.minimum >= 0 or stats.maximum <= 0:
        return abs(stats.mean)
    low, high, counts = magnitudes(stats)
    return float(((low + high) / 2) @ counts / counts.sum())
