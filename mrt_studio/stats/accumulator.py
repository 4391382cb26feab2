"""Collect the statistics of many tensors over many batches, on two threads."""

from __future__ import annotations

import collections
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np

from mrt_studio.errors import DataError
from mrt_studio.ir.graph import Array
from mrt_studio.stats.histogram import Histogram
from mrt_studio.stats.tensor_stats import TensorStats

_THREADS, _WAITING = 2, 4
"""numpy releases the interpreter's lock, so two threads keep two cores busy; more than four tensors never wait."""


class Accumulator:
    """Statistics by tensor name; a context manager that owns its threads.

    Parts may finish in any order: merging does not depend on it.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS)
        self._waiting: collections.deque[tuple[str, Future[TensorStats]]] = collections.deque()
        self._tensors: dict[str, _Tensor] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)

    def add(self, name: str, value: Array, first_sample: int) -> None:
        """Take in a batch of one tensor; may wait for earlier ones.

        Raises:
            DataError: an earlier tensor held values that are not finite; names it.
        """
        self._waiting.append((name, self._pool.submit(TensorStats.of, value, first_sample)))
        while len(self._waiting) > _WAITING:
            self._take()

    def result(self) -> dict[str, TensorStats]:
        """The statistics of all tensors, in the order in which they first came.

        Raises:
            DataError: a tensor held values that are not finite, or a sample came twice.
        """
        while self._waiting:
            self._take()
        return {name: tensor.result() for name, tensor in self._tensors.items()}

    def _take(self) -> None:
        name, future = self._waiting.popleft()
        try:
            part = future.result()
        except DataError as error:
            error.where = name
            raise
        if name in self._tensors:
            self._tensors[name].add(part)
        else:
            self._tensors[name] = _Tensor(part)


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
