"""Signal-to-quantization-noise ratio."""

from __future__ import annotations

import math

import numpy as np

from mrt_studio.metrics.base import Floats, Labels, Metric, metrics


@metrics.register("sqnr")
class Sqnr(Metric):
    """10 log10(sum y**2 / sum (y - q)**2), in decibels."""

    title = "SQNR"
    unit = "dB"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """Infinite without noise; None without a signal."""
        del labels
        y, q = expected.astype(np.float64), found.astype(np.float64)
        signal, noise = float((y**2).sum()), float(((y - q) ** 2).sum())
        if signal == 0:
            return None
        return 10 * math.log10(signal / noise) if noise else math.inf
