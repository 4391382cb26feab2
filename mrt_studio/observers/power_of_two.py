"""Thresholds at which the scale is a power of two."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import OptionError
from mrt_studio.observers.base import Observer, check_range, observers
from mrt_studio.observers.noise import quantization_noise, signed_codes
from mrt_studio.stats.tensor_stats import TensorStats

RULES = ("floor", "mode")


@observers.register("power_of_two")
@dataclass(frozen=True)
class PowerOfTwo(Observer):
    """A power-of-two scale [MQBench MinMaxFloor and PoTMode, for Vitis].

    The threshold is codes / 2**s, s from floor(log2(codes / max|x|)) up.
    ``floor`` takes the s of least squared error among `tries`, starting at that of the whole data, which clips nothing;
    ``mode`` does so for each sample's largest magnitude with one try, and takes the s that comes most often.
    The threshold may be up to twice the largest magnitude.
    """

    summary = "a power-of-two scale: of least error (floor), or the samples' most frequent one (mode)"
    rule: str = "floor"
    bits: int = 8
    tries: int = 5

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise OptionError(f"rule must be one of {', '.join(RULES)}, not {self.rule!r}.")
        check_range("bits", self.bits, 2, 16, whole=True)
        check_range("tries", self.tries, 1, 16, whole=True)

    def threshold(self, stats: TensorStats) -> float:
        """A power of two times the largest code; zero for a tensor of zeros."""
        return self.choose(stats) if stats.absmax else 0.0

    def choose(self, stats: TensorStats) -> float:
        """Apply the rule."""
        codes = signed_codes(self.bits)
        if self.rule == "mode":
            largest = np.abs(stats.rows[:, 2:]).max(axis=1)
            exponents = Counter(_exponent(codes, float(x)) for x in largest if x)
            # Of equally frequent ones the smallest, which clips least.
            return math.ldexp(codes, -min(exponents, key=lambda s: (-exponents[s], s)))
        first = _exponent(codes, stats.absmax)
        candidates = np.array([math.ldexp(codes, -s) for s in range(first, first + self.tries)])
        rounding, clipping = quantization_noise(stats, candidates, codes)
        return float(candidates[np.argmin(rounding + clipping)])


def _exponent(codes: int, largest: float) -> int:
    """floor(log2(codes / largest)), exact."""
    mantissa, exponent = math.frexp(codes / largest)
    return exponent - 1 if mantissa else 0
