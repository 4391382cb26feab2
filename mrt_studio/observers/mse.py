"""The threshold of least squared error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.observers.base import Curve, Observer, check_range, observers, percents
from mrt_studio.observers.noise import codes_for, quantization_noise
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("mse")
@dataclass(frozen=True)
class Mse(Observer):
    """Least mean squared error: rounding + clip_weight * clipping [MQBench].

    The search is that of MSEObserver: in steps of one percent of the largest magnitude.
    Rounding errors average out in the sums of the next layer, clipping errors all have one sign and do not: `clip_weight`
    says how much more a clipping error counts. With `unsigned` a tensor without negative values has 2**bits - 1 codes.
    """

    summary = "least mean squared error of rounding and clipping"
    bits: int = 8
    unsigned: bool = False
    clip_weight: float = 1.0

    def __post_init__(self) -> None:
        check_range("bits", self.bits, 2, 16, whole=True)
        check_range("clip_weight", self.clip_weight, 0, 1e6)

    def choose(self, stats: TensorStats) -> float:
        """The minimum of the curve; the largest threshold where several are as good."""
        found = self.curve(stats)
        return float(found.thresholds[::-1][np.argmin(found.values[::-1])])

    def curve(self, stats: TensorStats) -> Curve:
        """The error against the threshold."""
        candidates = percents(stats)
        rounding, clipping = quantization_noise(stats, candidates, codes_for(stats, self.bits, unsigned=self.unsigned))
        return Curve("mean squared error", candidates, rounding + self.clip_weight * clipping)
