"""Mean squared error."""

from __future__ import annotations

import numpy as np

from mrt_studio.metrics.base import Floats, Labels, Metric, metrics


@metrics.register("mse")
class MeanSquaredError(Metric):
    """The mean of (y - q)**2 over all outputs."""

    title = "Mean squared error"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In the outputs' unit, squared."""
        del labels
        return float(np.mean((expected.astype(np.float64) - found) ** 2))
