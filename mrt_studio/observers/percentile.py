"""A percentile of the magnitudes of all elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrt_studio.observers.base import Curve, Observer, check_range, observers
from mrt_studio.observers.noise import magnitudes
from mrt_studio.stats.tensor_stats import TensorStats


@observers.register("percentile")
@dataclass(frozen=True)
class Percentile(Observer):
    """The magnitude that `percent` of all elements do not exceed [ONNX Runtime].

    It is linear within a bin.
    """

    summary = "the magnitude that a share of all elements does not exceed"
    percent: float = 99.99

    def __post_init__(self) -> None:
        check_range("percent", self.percent, 50, 100)

    def choose(self, stats: TensorStats) -> float:
        """Interpolate the distribution of |x|."""
        edges, shares = _distribution(stats)
        return float(np.interp(self.percent / 100, shares, edges))

    def curve(self, stats: TensorStats) -> Curve:
        """The share of elements that a threshold keeps."""
        edges, shares = _distribution(stats)
        return Curve("share of elements within", edges, shares)


def _distribution(stats: TensorStats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges (2m,) of the bins that hold anything, and the share of elements up to each."""
    low, high, counts = magnitudes(stats)
    upto = np.cumsum(counts) / counts.sum()
    return np.stack([low, high], axis=1).reshape(-1), np.stack([np.concatenate([[0.0], upto[:-1]]), upto], axis=1).reshape(-1)
