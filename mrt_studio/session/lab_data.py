"""The statistics of a tensor as the threshold lab draws them: bins, channels, samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mrt_studio.observers.noise import MERGED, magnitudes
from mrt_studio.stats.histogram import HALF
from mrt_studio.stats.tensor_stats import TensorStats

Data = dict[str, Any]
BARS, SAMPLES, CHANNELS = 1024, 8, 4096
"""At most so many bars of the signed histogram, samples, and channels."""


def magnitude_bins(stats: TensorStats) -> Data:
    """Bins of |x| as the noise is computed from: bin i is from i * width to (i + 1) * width, the last that holds any ends at `top`."""
    counts = stats.histogram.magnitudes.reshape(-1, MERGED).sum(axis=1)
    filled = np.flatnonzero(counts)
    return {"width": stats.histogram.width * MERGED, "top": float(magnitudes(stats, MERGED)[1][-1]), "counts": counts[: filled[-1] + 1].tolist()}


def signed_bins(stats: TensorStats) -> Data:
    """Bins of x: bin i is from start + i * width; bins are merged until there are at most BARS."""
    filled = np.flatnonzero(stats.histogram.counts)
    low, high = int(filled[0]), int(filled[-1]) + 1
    step = math.ceil((high - low) / BARS)
    counts = np.add.reduceat(stats.histogram.counts[low:high], np.arange(0, high - low, step))
    return {"start": (low - HALF) * stats.histogram.width, "width": stats.histogram.width * step, "counts": counts.tolist()}


def channel_ranges(stats: TensorStats) -> Data:
    """Minimum and maximum of each channel, of the first CHANNELS; `count` is of all."""
    low, high = stats.channels[:, :CHANNELS].astype(float).tolist()
    return {"low": low, "high": high, "count": stats.channels.shape[1]}


def sample_rows(stats: TensorStats) -> Data:
    """The samples of the largest magnitudes, and the magnitudes of all samples, descending."""
    largest = np.abs(stats.rows[:, 2:]).max(axis=1)
    order = np.argsort(-largest, kind="stable")
    top = [{"sample": int(stats.index[i]), "minimum": float(stats.rows[i, 2]), "maximum": float(stats.rows[i, 3])} for i in order[:SAMPLES]]
    return {"top": top, "largest": largest[order].tolist()}


def clipped(stats: TensorStats, threshold: float) -> tuple[float, int]:
    """The share of values beyond a threshold, even within a bin, and the number of samples that have any."""
    low, high, counts = magnitudes(stats, MERGED)
    beyond = np.clip((high - threshold) / (high - low), 0, 1) if stats.absmax else np.zeros(len(counts))
    samples = int((np.abs(stats.rows[:, 2:]).max(axis=1) > threshold).sum())
    return float((counts * beyond).sum() / counts.sum()), samples
