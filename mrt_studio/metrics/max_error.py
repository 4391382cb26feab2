"""The largest error of a single output."""

from __future__ import annotations

import numpy as np

from mrt_studio.metrics.base import Floats, Labels, Metric, metrics


@metrics.register("max_error")
class MaxError(Metric):
    """The largest |y - q|."""

    title = "Largest error"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In the outputs' unit."""
        del labels
        return float(np.abs(expected.astype(np.float64) - found).max())
