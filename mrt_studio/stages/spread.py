"""Run a task over batches: here, one after the other, or wherever the session spreads its work.

A task is a picklable object of an importable module, so that other processes and machines can run it. What comes of a
batch depends on the task and the batch alone, so it does not matter where, in which order, or how often it is computed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextvars import ContextVar
from typing import NamedTuple, Protocol, TypeVar

from mrt_studio.datasets.base import Batch
from mrt_studio.stages.base import Report

Result_co = TypeVar("Result_co", covariant=True)
Result = TypeVar("Result")
Step = Callable[[int], None]
"""Told how many steps of a batch are done; may raise JobCancelled."""


class Part(NamedTuple):
    """A batch, its number from 0, and the number of its first sample in the data set."""

    number: int
    first: int
    batch: Batch


class Task(Protocol[Result_co]):
    """What is done with every batch."""

    @property
    def steps(self) -> int:
        """How many steps of progress a batch has."""
        ...

    def open(self) -> Callable[[Part, Step], Result_co]:
        """Make what runs batches, on the thread that calls it: it may hold executors, which serve one thread."""
        ...


class Spread(Protocol):
    """A way to run a task over batches."""

    def map(self, task: Task[Result], parts: Iterable[Part], count: int, report: Report) -> Iterator[tuple[int, Result]]:
        """Each batch's number and result, in any order; `count` is how many batches there will be."""
        ...


class Here:
    """One batch after the other, in this thread."""

    def map(self, task: Task[Result], parts: Iterable[Part], count: int, report: Report) -> Iterator[tuple[int, Result]]:
        """Each batch's number and result, in order."""
        run, steps = task.open(), task.steps
        for part in parts:
            number = part.number
            message = f"batch {number + 1} of {count}"
            yield number, run(part, lambda step, number=number, message=message: report.progress(number * steps + step, count * steps, message))
        report.progress(count * steps, count * steps, "done")


_spread: ContextVar[Spread] = ContextVar("spread", default=Here())  # noqa: B039  (it holds nothing that changes)


@contextlib.contextmanager
def spread_over(spread: Spread) -> Generator[None]:
    """Let stages that run in this context run their batches there."""
    token = _spread.set(spread)
    try:
        yield
    finally:
        _spread.reset(token)


def map_batches(task: Task[Result], parts: Iterable[Part], count: int, report: Report) -> Iterator[tuple[int, Result]]:
    """Each batch's number and result, in any order.

    Raises:
        JobError: the workers that it was spread over are lost.
        StudioError: what the task raised.
    """
    return _spread.get().map(task, parts, count, report)
