"""Observers: how a threshold follows from statistics; a guide to writing one.

Guide. One observer is one file with one decorated frozen dataclass. Its fields are its options, so that
``mrt_lambda(lambd=10)`` is the text that recipes, the command line and the form use. `choose` gets statistics of a
tensor with at least two different values; what it returns is limited to the largest magnitude. `curve` says over
which values it chose; without one of its own, an observer shows the quantization noise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import OptionError
from mrt_studio.observers.noise import quantization_noise, signed_codes
from mrt_studio.registry import Registry
from mrt_studio.stats.tensor_stats import TensorStats

observers: Registry[type[Observer]] = Registry("observer", "mrt_studio.observers")

POINTS = 100
"""Thresholds that a curve and a search by steps of one percent look at."""


@dataclass(frozen=True)
class Curve:
    """What an observer weighs, for plots.

    `values` (k,) belong to ascending `thresholds` (k,); `label` says what they are.
    """

    label: str
    thresholds: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Observer(ABC):
    """A rule from statistics to threshold."""

    summary: ClassVar[str]

    def threshold(self, stats: TensorStats) -> float:
        """The magnitude beyond which values are clipped, from 0 to max |x|.

        A tensor of one value keeps it, which for a tensor of zeros is 0.
        """
        if stats.minimum == stats.maximum:
            return stats.absmax
        return float(min(max(self.choose(stats), 0.0), stats.absmax))

    @abstractmethod
    def choose(self, stats: TensorStats) -> float:
        """The threshold of a tensor with at least two different values."""

    def curve(self, stats: TensorStats) -> Curve:
        """What the rule minimises or reads off, against the threshold.

        Without a curve of its own an observer shows the noise of 8-bit codes.
        """
        candidates = percents(stats)
        rounding, clipping = quantization_noise(stats, candidates, signed_codes(8))
        return Curve("mean squared error", candidates, rounding + clipping)


def percents(stats: TensorStats) -> NDArray[np.float64]:
    """One to a hundred percent of the largest magnitude, ascending."""
    return np.arange(1, POINTS + 1) / POINTS * stats.absmax


def check_range(name: str, value: object, low: float, high: float, *, whole: bool = False) -> None:
    """Refuse an option that is no number from `low` to `high`.

    Raises:
        OptionError: naming the option.
    """
    kinds = (int,) if whole else (int, float)
    if type(value) not in kinds or not low <= value <= high:  # type: ignore[operator]
        raise OptionError(f"{name} must be a {'whole ' if whole else ''}number from {low:g} to {high:g}, not {value!r}.")
