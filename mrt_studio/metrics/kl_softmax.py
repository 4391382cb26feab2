"""How far the integer model's probabilities are from the float model's."""

from __future__ import annotations

import numpy as np

from mrt_studio.metrics.base import Floats, Labels, Metric, is_classifier, metrics


@metrics.register("kl_softmax")
class KlSoftmax(Metric):
    """Mean Kullback-Leibler divergence of softmax(q) from softmax(y).

    It is sum p (ln p - ln p') over the classes.
    """

    title = "KL of softmax"
    unit = "nat"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In nats; None for a model that is no classifier."""
        del labels
        if not is_classifier(expected):
            return None
        y, q = log_softmax(expected), log_softmax(found)
        return float((np.exp(y) * (y - q)).sum(axis=1).mean())


def log_softmax(scores: Floats) -> Floats:
    """The logarithms of the probabilities of each row, in float64."""
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
