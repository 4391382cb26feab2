"""Observers: how a clipping threshold follows from a tensor's statistics, and a guide to writing one.

Guide. One observer is one file with one decorated frozen dataclass. Its fields are its options, so that
``mrt_lambda(lambd=10)`` is the text that recipes, the command line and the form use.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from mrt_studio.registry import Registry
from mrt_studio.stats.tensor_stats import TensorStats

observers: Registry[type[Observer]] = Registry("observer", "mrt_studio.observers")


@dataclass(frozen=True)
class Observer(ABC):
    """A rule from statistics to threshold."""

    summary: ClassVar[str]

    @abstractmethod
    def threshold(self, stats: TensorStats) -> float:
        """The magnitude beyond which values are clipped; zero for a tensor of zeros."""
