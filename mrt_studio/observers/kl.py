"""The threshold at which the quantized distribution diverges least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import OptionError
from mrt_studio.observers import divergence
from mrt_studio.observers.base import Curve, Observer, check_range, observers
from mrt_studio.stats.histogram import HALF
from mrt_studio.stats.tensor_stats import TensorStats

VARIANTS = ("tensorrt", "mxnet", "quantization_mxnet")
_MOST = 64
"""Thresholds that are tried; the sources try every bin, which takes seconds a tensor and differs by less than a percent of range."""


@observers.register("kl")
@dataclass(frozen=True)
class Kl(Observer):
    """Least KL divergence between the clipped histogram and its quantized form.

    There are the variants of TensorRT, MXNet and Quantization.MXNet:
    ``tensorrt`` looks at |x| and 2**(bits-1) levels; ``mxnet`` at signed values and 2**bits - 1 levels, with smoothing;
    ``quantization_mxnet`` at |x| without the bin at zero, interpolated between levels.
    """

    summary = "least divergence of the quantized distribution"
    variant: str = "tensorrt"
    bits: int = 8

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise OptionError(f"variant must be one of {', '.join(VARIANTS)}, not {self.variant!r}.")
        check_range("bits", self.bits, 2, 10, whole=True)

    def choose(self, stats: TensorStats) -> float:
        """The minimum of the curve.

        It is the largest threshold where several are as good, and where none is defined.
        """
        found = self.curve(stats)
        return float(found.thresholds[::-1][np.argmin(found.values[::-1])])

    def curve(self, stats: TensorStats) -> Curve:
        """The divergence against the threshold."""
        thresholds, values = self._signed(stats) if self.variant == "mxnet" else self._magnitudes(stats)
        return Curve("KL divergence", np.minimum(thresholds, stats.absmax), values)

    def _magnitudes(self, stats: TensorStats) -> tuple[divergence.Floats, divergence.Floats]:
        levels, width = 1 << (self.bits - 1), stats.histogram.width
        counts = _to_largest(stats.histogram.magnitudes).astype(np.float64)
        if self.variant == "tensorrt":
            lengths = divergence.candidates(levels, len(counts), _MOST)
            return lengths * width, divergence.tensorrt(counts, lengths, levels)
        counts[0] = 0
        lengths = divergence.candidates(levels, len(counts), _MOST)
        return (lengths + 0.5) * width, divergence.quantization_mxnet(counts, lengths, levels)

    def _signed(self, stats: TensorStats) -> tuple[divergence.Floats, divergence.Floats]:
        """Two bins become one, so that one has zero in its middle, as in MXNet's histograms."""
        levels, width = (1 << self.bits) - 1, 2 * stats.histogram.width
        half = len(_to_largest(stats.histogram.magnitudes)) // 2 + 1
        bins = (np.arange(-HALF, HALF) + 1) // 2
        kept = abs(bins) <= half
        counts = np.bincount(bins[kept] + half, stats.histogram.counts[kept], 2 * half + 1).astype(np.float64)
        lengths = divergence.candidates(levels // 2, half, _MOST)
        return (lengths + 0.5) * width, divergence.mxnet(counts, lengths, levels)


def _to_largest(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The counts up to the last that is not zero."""
    return counts[: int(np.flatnonzero(counts)[-1]) + 1]
