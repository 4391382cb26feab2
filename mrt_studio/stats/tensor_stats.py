"""What calibration keeps of one tensor: per sample moments and extremes, channel ranges, a histogram.

Everything merges exactly and in any order: extremes and counts are, and the moments are kept per
sample and added with an exactly rounded sum (math.fsum) only when they are asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import DataError
from mrt_studio.stats.histogram import Histogram


@dataclass(frozen=True)
class TensorStats:
    """Statistics of one tensor over a set of samples.

    Attributes:
        size: elements in one sample.
        index: (n,) the samples' numbers in the data set, ascending.
        rows: (n, 4) per sample: sum, sum of squares, minimum, maximum, in float64.
        channels: (2, C) minimum and maximum of each channel (axis 1), or of the whole when there is none.
        histogram: counts of all elements.
    """

    size: int
    index: NDArray[np.int64]
    rows: NDArray[np.float64]
    channels: NDArray[np.float32]
    histogram: Histogram

    @staticmethod
    def of(x: NDArray[np.float32], first_sample: int = 0) -> TensorStats:
        """Statistics of a batch x (n, C, ...) whose samples are numbered from `first_sample`.

        Raises:
            DataError: a value is not finite.
        """
        n = x.shape[0]
        per_channel = x.reshape(n, x.shape[1] if x.ndim > 1 else 1, -1)
        # Adding zero makes -0 to 0: which of the two a minimum returns depends on the order.
        low, high = per_channel.min(axis=2) + np.float32(0), per_channel.max(axis=2) + np.float32(0)
        rows = np.empty((n, 4))
        rows[:, 2], rows[:, 3] = low.min(axis=1), high.max(axis=1)
        largest = float(np.abs(rows[:, 2:]).max())
        if not math.isfinite(largest):
            raise DataError("The tensor holds values that are not finite.", why="The model overflowed float32 on this data, or its weights did.")
        flat = x.reshape(n, -1)
        for row, sample in zip(rows, flat, strict=True):
            row[0], row[1] = _moments(sample)
        return TensorStats(
            flat.shape[1],
            np.arange(first_sample, first_sample + n),
            rows,
            np.stack([low.min(axis=0), high.max(axis=0)]),
            Histogram.of(x.reshape(-1), largest),
        )

    @staticmethod
    def of_parameter(array: NDArray[Any]) -> TensorStats:
        """Statistics of a parameter (O, ...): one sample whose channels are the output channels."""
        x = np.ascontiguousarray(array, np.float32)
        return TensorStats.of(x.reshape(1, x.shape[0] if x.ndim else 1, -1))

    def merge(self, other: TensorStats) -> TensorStats:
        """The statistics of both sets of samples.

        Raises:
            DataError: a sample is in both, or the tensors have different sizes.
        """
        index = np.concatenate([self.index, other.index])
        order = np.argsort(index, kind="stable")
        if self.size != other.size or (np.diff(index[order]) == 0).any():
            raise DataError("Statistics of different tensors, or of the same samples twice, cannot be merged.")
        low, high = np.stack([self.channels, other.channels]).transpose(1, 0, 2)
        return TensorStats(
            self.size,
            index[order],
            np.concatenate([self.rows, other.rows])[order],
            np.stack([low.min(axis=0), high.max(axis=0)]),
            self.histogram.merge(other.histogram),
        )

    @property
    def samples(self) -> int:
        """How many samples were seen."""
        return len(self.index)

    @cached_property
    def minimum(self) -> float:
        """The smallest element."""
        return float(self.rows[:, 2].min())

    @cached_property
    def maximum(self) -> float:
        """The largest element."""
        return float(self.rows[:, 3].max())

    @property
    def absmax(self) -> float:
        """The largest magnitude."""
        return max(abs(self.minimum), abs(self.maximum))

    @cached_property
    def mean(self) -> float:
        """The mean of all elements."""
        return math.fsum(self.rows[:, 0]) / (self.size * self.samples)

    @cached_property
    def std(self) -> float:
        """The population standard deviation over all elements."""
        return math.sqrt(max(math.fsum(self.rows[:, 1]) / (self.size * self.samples) - self.mean**2, 0.0))


def _moments(sample: NDArray[np.float32]) -> tuple[float, float]:
    """Sum and sum of squares of a flat float32 array, accumulated in float64 block by block.

    numpy's pairwise sum is the same on every thread count, which a BLAS dot product is not.
    """
    total, squares = 0.0, 0.0
    for start in range(0, sample.size, 1 << 15):
        block = sample[start : start + (1 << 15)].astype(np.float64)
        total += float(block.sum())
        np.multiply(block, block, out=block)
        squares += float(block.sum())
    return total, squares
