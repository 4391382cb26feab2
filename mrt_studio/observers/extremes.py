"""Per-sample extremes gathered into batches, as the averaging observers read them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mrt_studio.stats.tensor_stats import TensorStats


def batch_means(stats: TensorStats, batch: int) -> NDArray[np.float64]:
    """Mean minimum, maximum and max |x| of each batch's samples, (batches, 3).

    Batches are in the order of the samples' numbers.
    """
    low, high = stats.rows[:, 2], stats.rows[:, 3]
    rows = np.stack([low, high, np.maximum(abs(low), abs(high))], axis=1)
    starts = np.arange(0, len(rows), batch)
    sizes = np.diff(np.append(starts, len(rows)))
    return np.add.reduceat(rows, starts, axis=0) / sizes[:, None]


def batch_extremes(stats: TensorStats, batch: int) -> NDArray[np.float64]:
    """Smallest minimum and largest maximum of each batch, (batches, 2).

    Batches are in the order of the samples' numbers.
    """
    starts = np.arange(0, stats.samples, batch)
    return np.stack([np.minimum.reduceat(stats.rows[:, 2], starts), np.maximum.reduceat(stats.rows[:, 3], starts)], axis=1)
