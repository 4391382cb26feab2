"""Top-5 accuracy of both models, and their top-5 agreement."""

from __future__ import annotations

import numpy as np

from mrt_studio.metrics.base import Floats, Labels, Metric, is_classifier, metrics

_FIVE = 5


@metrics.register("top5_float")
class Top5Float(Metric):
    """The share of samples whose label is among the float model's five best."""

    title = "Top-5, float"
    unit = "%"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In percent; None without labels, or with five classes or fewer."""
        del found
        return top5(expected, labels)


@metrics.register("top5_integer")
class Top5Integer(Metric):
    """The share of samples whose label is among the integer model's five best."""

    title = "Top-5, integer"
    unit = "%"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In percent; None without labels, or with five classes or fewer."""
        del expected
        return top5(found, labels)


@metrics.register("top5_agreement")
class Top5Agreement(Metric):
    """How often the float model's class is among the integer model's five best."""

    title = "Top-5 agreement"
    unit = "%"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In percent; None with five classes or fewer."""
        del labels
        return top5(found, expected.argmax(axis=1)) if is_classifier(expected) else None


def top5(scores: Floats, labels: Labels | None) -> float | None:
    """The share of samples whose label is among the five largest scores.

    Scores are (n, classes), the share is in percent.
    """
    if labels is None or not is_classifier(scores) or scores.shape[1] <= _FIVE:
        return None
    best = np.argsort(-scores, axis=1, kind="stable")[:, :_FIVE]
    return 100 * float((best == labels[:, None]).any(axis=1).mean())
