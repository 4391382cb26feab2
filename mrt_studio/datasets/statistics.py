"""Normalization: (x - mean) / std with one number, or one a channel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.datasets.base import require

Statistic = float | tuple[float, ...]
"""One number, or one for each channel."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def check_statistics(mean: Statistic, std: Statistic, channels: int) -> None:
    """Raise OptionError unless both are finite, fit the channels, and std is positive."""
    for option, value in (("mean", mean), ("std", std)):
        numbers: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)
        require(all(type(n) in {int, float} and math.isfinite(n) for n in numbers), option, value, "Finite numbers are expected.")
        require(not isinstance(value, tuple) or len(value) == channels, option, value, f"One number is expected, or one for each of {channels} channels.")
        require(option == "mean" or min(numbers) > 0, option, value, "A deviation must be positive.")


def normalize(x: NDArray[np.float32], mean: Statistic, std: Statistic) -> NDArray[np.float32]:
    """(x - mean) / std for samples (n, channels, ...)."""
    return (x - _per_channel(mean, x.ndim)) / _per_channel(std, x.ndim)


def _per_channel(value: Statistic, axes: int) -> NDArray[np.float32]:
    return np.asarray(value, np.float32).reshape(1, -1, *(1,) * (axes - 2))
