"""Samples from a NumPy file: .npy mapped into memory, or an array of a .npz archive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.datasets.base import Batch, Dataset, datasets, require
from mrt_studio.datasets.npy_file import map_npy, npz_names, read_npz
from mrt_studio.datasets.paths import expand
from mrt_studio.datasets.statistics import Statistic, check_statistics, normalize
from mrt_studio.errors import DataError

_SUFFIXES = (".npy", ".npz")


@datasets.register("arrays")
@dataclass(frozen=True, kw_only=True)
class Arrays(Dataset):
    """Rows of an array (n, channels, ...) of floats or uint8, as (x * scale - mean) / std.

    An archive holds the samples as `data` or as the only array besides the labels. `labels` is a path to a
    .npy file of n integers, or the name of an array in the same archive.
    """

    path: str
    labels: str = ""
    scale: float = 1.0
    mean: Statistic = 0.0
    std: Statistic = 1.0

    def check(self) -> None:
        """Open the file and hold its shape against the options."""
        require(
            type(self.path) is str and self.path.endswith(_SUFFIXES), "path", self.path, f"A file name that ends with {' or '.join(_SUFFIXES)} is expected."
        )
        require(type(self.labels) is str, "labels", self.labels, "A file or the name of an array is expected.")
        require(type(self.scale) in {int, float} and math.isfinite(self.scale) and self.scale != 0, "scale", self.scale, "A finite number but 0 is expected.")
        if self._samples.ndim < 2:
            raise self._problem(f"The array has the shape {self._samples.shape}.", "Give it an axis for the samples and at least one more.")
        if self._samples.dtype.kind != "f" and self._samples.dtype != np.uint8:
            raise self._problem(f"The elements are of type {self._samples.dtype}.", "Save floats or uint8.")
        check_statistics(self.mean, self.std, self._samples.shape[1])
        if self._labels is not None and (self._labels.shape != (len(self),) or self._labels.dtype.kind not in "iu"):
            raise self._problem(f"The labels are {self._labels.dtype} of shape {self._labels.shape}.", f"Give {len(self)} integers.")

    def __len__(self) -> int:
        return len(self._samples)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The array's shape without its first axis."""
        return self._samples.shape[1:]

    def read(self, start: int, stop: int) -> Batch:
        """Rows `start` to `stop` - 1, named by their number."""
        with np.errstate(over="ignore"):  # what overflows is infinite, and refused by `batch`
            rows = self._samples[start:stop].astype(np.float32) * np.float32(self.scale)
        labels = None if self._labels is None else self._labels[start:stop].astype(np.int64)
        return Batch(normalize(rows, self.mean, self.std), labels, tuple(f"row {i}" for i in range(start, stop)))

    @cached_property
    def _file(self) -> Path:
        return expand(self.path)

    @cached_property
    def _samples(self) -> NDArray[Any]:
        if self._file.suffix == ".npy":
            return map_npy(self._file)
        names = [name for name in npz_names(self._file) if name != self.labels]
        if "data" not in names and len(names) != 1:
            raise self._problem(f"The arrays are {', '.join(names[:8]) or 'missing'}.", "Name the samples 'data', or leave no other array in the archive.")
        return read_npz(self._file, "data" if "data" in names else names[0])

    @cached_property
    def _labels(self) -> NDArray[Any] | None:
        if not self.labels:
            return None
        if self.labels.endswith(".npy"):
            return map_npy(expand(self.labels))
        if self._file.suffix != ".npz" or self.labels not in npz_names(self._file):
            raise self._problem(f"There is no array {self.labels!r}.", "Give a .npy file, or the name of an array in the .npz file.")
        return read_npz(self._file, self.labels)

    def _problem(self, why: str, remedy: str) -> DataError:
        return DataError("The array file does not hold usable samples.", where=self.path, why=why, remedy=remedy)
