"""What a lowering leaves behind, so that the next one can start where the thresholds first differ.

A lowering goes through the nodes in order, and what it keeps only grows. So its state before any node is the beginning
of its state at the end: `Mark` holds how long that beginning is. A node depends on what came before it and on the
thresholds that it reads, so all in front of the first node that reads a changed threshold is taken over as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Mark(NamedTuple):
    """How much of each part of a lowering's state was there before a node."""

    nodes: int
    bits: int
    operands: int
    tensors: int
    steps: int
    notes: int
    done: int
    named: int
    codes: int


@dataclass(frozen=True)
class Trace:
    """A finished lowering.

    Attributes:
        inputs: the graph and the samples that it was given; compared by identity.
        options: all else that it was given but the thresholds.
        thresholds: those that it was given.
        state: what it kept; see `Mark`.
        marks: one before each node of the float graph, and one before the outputs.
        reads: threshold -> position of the first node that read it.
    """

    inputs: tuple[Any, ...]
    options: tuple[Any, ...]
    thresholds: Mapping[str, float]
    state: Any
    marks: tuple[Mark, ...]
    reads: Mapping[str, int]

    def start(self, inputs: tuple[Any, ...], options: tuple[Any, ...], thresholds: Mapping[str, float]) -> int:
        """The position of the first node to be lowered again; 0 when anything but the thresholds has changed."""
        if self.options != options or any(a is not b for a, b in zip(self.inputs, inputs, strict=True)):
            return 0
        changed = (i for name, i in self.reads.items() if thresholds.get(name) != self.thresholds[name])
        return min(changed, default=len(self.marks) - 1)


@dataclass
class Codes:
    """Integers of weights by what they follow from; those of the last lowering are not computed again."""

    known: Mapping[tuple[Any, ...], Any] = field(default_factory=dict[tuple[Any, ...], Any])
    used: dict[tuple[Any, ...], Any] = field(default_factory=dict[tuple[Any, ...], Any])

    def get(self, key: tuple[Any, ...], make: Callable[[], V]) -> V:
        """What was made for this key, in this lowering or the last, or else what `make` returns."""
        found = self.used.get(key)
        if found is None:
            found = self.known.get(key)
        if found is None:
            found = make()
        self.used[key] = found
        return found


def beginning(of: Mapping[K, V], count: int) -> dict[K, V]:
    """The first `count` entries."""
    return dict(islice(of.items(), count))
