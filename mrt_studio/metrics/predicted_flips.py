"""How many predictions the noise should flip, from the float model's margins."""

from __future__ import annotations

import math

import numpy as np

from mrt_studio.metrics.base import Floats, Labels, Metric, is_classifier, metrics


@metrics.register("predicted_flips")
class PredictedFlips(Metric):
    """The share of samples expected to change class if the noise were normal.

    A sample flips when the noise on the difference of its two largest scores exceeds their margin m. Its variance is taken
    over all samples, so that the share is the mean of Q(m / s), Q the normal tail. Unlike agreement it does not jump by whole
    samples, which on few samples makes it the steadier of the two.
    """

    title = "Predicted flips"
    unit = "%"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In percent; None for a model that is no classifier."""
        del labels
        if not is_classifier(expected):
            return None
        rows = np.arange(len(expected))
        second, first = np.argsort(expected, axis=1, kind="stable")[:, -2:].T
        y, q = expected.astype(np.float64), found.astype(np.float64)
        margin = y[rows, first] - y[rows, second]
        noise = q[rows, first] - q[rows, second] - margin
        spread = math.sqrt(float((noise**2).mean()))
        if spread == 0:
            return 0.0
        return 100 * float(np.mean([math.erfc(m / spread / math.sqrt(2)) / 2 for m in margin]))
