"""What a data set is, and a guide to writing one.

Guide. One data set is one file here with one decorated frozen dataclass; its fields are its options, and
``name(option=value)`` is how a recipe names it:

    @datasets.register("stripes")
    @dataclass(frozen=True, kw_only=True)
    class Stripes(Dataset):
        '''Vertical stripes of growing width.'''

        count: int = 16

        def check(self): ...               refuse bad options (OptionError) and missing files (DataError)
        def __len__(self): ...             how many samples there are
        def sample_shape(self): ...        a property: the shape of one sample
        def read(self, start, stop): ...   samples start to stop - 1 as a Batch

`read` depends on nothing but its arguments and the options, so batches can be computed in any order and a
stopped run can go on where it was. Files are opened when they are needed. Lists given as options become tuples.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import DataError, OptionError
from mrt_studio.registry import Registry

datasets: Registry[type[Dataset]] = Registry("data set", "mrt_studio.datasets")


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples (n, ...) as float32, their labels (n,) if they are known, and a name for each."""

    data: NDArray[np.float32]
    labels: NDArray[np.int64] | None
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Dataset(ABC):
    """A fixed sequence of samples of one shape, read by position."""

    def __post_init__(self) -> None:
        for option in dataclasses.fields(self):
            if isinstance(value := getattr(self, option.name), list):
                object.__setattr__(self, option.name, tuple(cast("list[Any]", value)))
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Raise OptionError for a bad option, DataError for data that is not there."""

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    @abstractmethod
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample, without the batch axis."""

    @abstractmethod
    def read(self, start: int, stop: int) -> Batch:
        """Samples `start` to `stop` - 1; `batch` has checked the range and checks the result."""

    def batch(self, start: int, stop: int) -> Batch:
        """Samples `start` to `stop` - 1, contiguous and finite.

        Raises:
            DataError: the range leaves the data set, or a sample is damaged.
        """
        if not 0 <= start < stop <= len(self):
            raise DataError(
                f"Samples {start} to {stop} (exclusive) are not in the data set.",
                where=self.spec,
                why=f"It has {len(self)} samples.",
                remedy="Ask for a range that is not empty and ends within the data set.",
            )
        found = self.read(start, stop)
        with np.errstate(over="ignore"):  # what overflows is infinite, and refused below
            data = np.ascontiguousarray(found.data, np.float32)
        if data.shape != (stop - start, *self.sample_shape):
            raise DataError("The samples have another shape than the data set says.", where=self.spec, why=f"{data.shape[1:]} and not {self.sample_shape}.")
        self._check_finite(data, found.names)
        return Batch(data, found.labels, found.names)

    @property
    def spec(self) -> str:
        """The text that makes this data set again, e.g. ``images(path='photos')``; defaults are left out."""
        given = (f for f in dataclasses.fields(self) if getattr(self, f.name) != f.default)
        return f"{_name(type(self))}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in given)})"

    def describe(self) -> str:
        """One line: how many samples, their shape, and where they come from."""
        shape = " x ".join(map(str, self.sample_shape))
        return f"{len(self)} samples of {shape} from {self.spec}"

    def _check_finite(self, data: NDArray[np.float32], names: tuple[str, ...]) -> None:
        finite = np.isfinite(data).reshape(len(data), -1).all(axis=1)
        if not finite.all():
            raise DataError(
                "A sample holds a value that is not finite.",
                where=f"{self.spec}, sample {names[int(np.argmin(finite))]}",
                why="It is NaN, infinite, or too large for float32.",
                remedy="Remove the sample or repair it.",
            )


def batches(dataset: Dataset, size: int, count: int | None = None, start: int = 0) -> Iterator[Batch]:
    """Batches of `size` samples from sample `start` on.

    With a `count`, exactly that many full batches; without, all there are, the last one perhaps smaller.
    Everything is checked before the first batch is read.

    Raises:
        OptionError: the size or the count is not positive, or the start is negative.
        DataError: the data set has too few samples.
    """
    for option, value, low in (("batch size", size, 1), ("number of batches", 1 if count is None else count, 1), ("first sample", start, 0)):
        if value < low:
            raise OptionError(f"The {option} is {value}.", remedy=f"Give a number from {low}.")
    stop = len(dataset) if count is None else start + size * count
    if stop > len(dataset) or start >= stop:
        raise DataError(
            "The data set has too few samples.",
            where=dataset.spec,
            why=f"It has {len(dataset)}, and {size if count is None else size * count} from number {start} on are wanted.",
            remedy="Use smaller or fewer batches, or more data.",
        )
    return (dataset.batch(at, min(at + size, stop)) for at in range(start, stop, size))


def require(holds: bool, option: str, value: object, why: str) -> None:
    """Raise OptionError for an option of a data set unless the condition holds."""
    if not holds:
        raise OptionError(f"The option {option}={value!r} of the data set cannot be used.", why=why)


def is_whole(value: object, low: int, high: int) -> bool:
    """Whether `value` is an integer from `low` to `high`; a truth value is none."""
    return type(value) is int and low <= value <= high


def _name(cls: type[Dataset]) -> str:
    return next(name for name, entry in datasets.items() if entry is cls)
