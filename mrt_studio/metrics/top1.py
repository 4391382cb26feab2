"""Top-1 accuracy of both models."""

from __future__ import annotations

from mrt_studio.metrics.base import Floats, Labels, Metric, is_classifier, metrics


@metrics.register("top1_float")
class Top1Float(Metric):
    """The share of samples that the float model classifies right."""

    title = "Top-1, float"
    unit = "%"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In percent; None without labels."""
        del found
        return top1(expected, labels)


@metrics.register("top1_integer")
class Top1Integer(Metric):
    """The share of samples that the integer model classifies right."""

    title = "Top-1, integer"
    unit = "%"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In percent; None without labels."""
        del expected
        return top1(found, labels)


def top1(scores: Floats, labels: Labels | None) -> float | None:
    """The share, in percent, of samples (n, classes) whose largest score is the label's."""
    if labels is None or not is_classifier(scores):
        return None
    return 100 * float((scores.argmax(axis=1) == labels).mean())
