"""Cosine similarity."""

from __future__ import annotations

import math

import numpy as np

from mrt_studio.metrics.base import Floats, Labels, Metric, metrics


@metrics.register("cosine")
class Cosine(Metric):
    """The cosine of the angle between all float and all integer outputs."""

    title = "Cosine similarity"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """None when one of them is all zeros."""
        del labels
        y, q = expected.astype(np.float64), found.astype(np.float64)
        norm = math.sqrt(float((y**2).sum()) * float((q**2).sum()))
        return float((y * q).sum()) / norm if norm else None
