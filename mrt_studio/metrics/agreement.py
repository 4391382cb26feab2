"""Agreement of the integer model with the float one."""

from __future__ import annotations

from mrt_studio.metrics.base import Floats, Labels, Metric, is_classifier, metrics


@metrics.register("agreement")
class Agreement(Metric):
    """The share of samples with the same most likely class."""

    title = "Agreement"
    unit = "%"

    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """In percent; None for a model that is no classifier."""
        del labels
        if not is_classifier(expected):
            return None
        return 100 * float((expected.argmax(axis=1) == found.argmax(axis=1)).mean())
