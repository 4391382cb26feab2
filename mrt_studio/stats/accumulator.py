"""Collect the statistics of many tensors: those of one batch on two threads, and their sum over batches in any order."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from mrt_studio.errors import DataError
from mrt_studio.ir.graph import Array
from mrt_studio.stats.histogram import Histogram
from mrt_studio.stats.tensor_stats import TensorStats

_THREADS, _WAITING = 2, 4
"""numpy releases the interpreter's lock, so two threads keep two cores busy; more than four tensors never wait."""


def collect(tensors: Iterable[tuple[str, Array]], first_sample: int) -> dict[str, TensorStats]:
    """Statistics of one batch of each tensor, whose samples are numbered from `first_sample`.

    Raises:
        DataError: a tensor holds values that are not finite; names it.
    """
    found = dict[str, TensorStats]()
    waiting: collections.deque[tuple[str, Future[TensorStats]]] = collections.deque()

    def take() -> None:
        name, future = waiting.popleft()
        try:
            found[name] = future.result()
        except DataError as error:
            error.where = name
            raise

    pool = ThreadPoolExecutor(_THREADS)
    try:
        for name, value in tensors:
            waiting.append((name, pool.submit(TensorStats.of, value, first_sample)))
            if len(waiting) > _WAITING:
                take()
        while waiting:
            take()
    finally:
        pool.shutdown(cancel_futures=True)
    return found


class Totals:
    """Statistics by tensor name over many batches, which may come in any order: the sum does not depend on it."""

    def __init__(self) -> None:
        self._tensors: dict[str, _Tensor] = {}

    def add(self, batch: Mapping[str, TensorStats]) -> None:
        """Take in the statistics of a batch."""
        for name, part in batch.items():
            if name in self._tensors:
                self._tensors[name].add(part)
            else:
                self._tensors[name] = _Tensor(part)

    def result(self) -> dict[str, TensorStats]:
        """The statistics of all tensors.

        Raises:
            DataError: a sample came twice.
        """
        return {name: tensor.result() for name, tensor in self._tensors.items()}


class _Tensor:
    """The parts of one tensor: what does not grow is merged at once, rows are joined at the end."""

    def __init__(self, part: TensorStats) -> None:
        self._parts = [(part.index, part.rows)]
        self._size, self._channels, self._histogram = part.size, part.channels, part.histogram

    def add(self, part: TensorStats) -> None:
        low, high = np.stack([self._channels, part.channels]).transpose(1, 0, 2)
        self._channels = np.stack([low.min(axis=0), high.max(axis=0)])
        self._histogram: Histogram = self._histogram.merge(part.histogram)
        self._parts.append((part.index, part.rows))

    def result(self) -> TensorStats:
        index, rows = (np.concatenate(columns) for columns in zip(*self._parts, strict=True))
        if len(np.unique(index)) != len(index):
            raise DataError("A sample was counted twice.")
        order = np.argsort(index)
        return TensorStats(self._size, index[order], rows[order], self._channels, self._histogram)
