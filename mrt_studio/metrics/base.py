"""Metrics: one figure out of float and integer outputs, and a guide to writing one.

Guide. One metric is one file with one decorated class. `value` gets the float outputs, the integer outputs
divided by their scale, and the labels where there are any; it returns None where it has no meaning.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mrt_studio.registry import Registry

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]

metrics: Registry[type[Metric]] = Registry("metric", "mrt_studio.metrics")


class Metric(ABC):
    """A measure over a set of samples."""

    title: ClassVar[str]
    unit: ClassVar[str] = ""

    @abstractmethod
    def value(self, expected: Floats, found: Floats, labels: Labels | None) -> float | None:
        """The figure for float outputs (n, ...), dequantized integer outputs (n, ...) and labels (n,)."""


def is_classifier(outputs: Floats) -> bool:
    """Whether the outputs are class scores: two axes, more than one class."""
    return outputs.ndim == 2 and outputs.shape[1] > 1
