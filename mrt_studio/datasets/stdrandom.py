"""Standard normal noise: no data at all, for a first try and for tests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.datasets.base import Batch, Dataset, datasets, is_whole, require

_MAX_VALUES = 1 << 26


@datasets.register("stdrandom")
@dataclass(frozen=True, kw_only=True)
class StdRandom(Dataset):
    """`count` samples of standard normal noise; sample i depends only on the seed and on i."""

    shape: tuple[int, ...] = (3, 224, 224)
    count: int = 1024
    seed: int = 0

    def check(self) -> None:
        """Refuse empty or huge samples."""
        positive = type(self.shape) is tuple and len(self.shape) > 0 and all(is_whole(n, 1, _MAX_VALUES) for n in self.shape)
        require(positive and math.prod(self.shape) <= _MAX_VALUES, "shape", self.shape, f"Positive sizes with at most {_MAX_VALUES} values are expected.")
        require(is_whole(self.count, 1, 1 << 31), "count", self.count, "A positive number of samples is expected.")
        require(is_whole(self.seed, 0, (1 << 64) - 1), "seed", self.seed, "An integer from 0 to 2**64 - 1 is expected.")

    def __len__(self) -> int:
        return self.count

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The option `shape`."""
        return self.shape

    def read(self, start: int, stop: int) -> Batch:
        """Draw each sample from a stream of its own."""
        # Philox is a block cipher in counter mode: streams under different keys are independent.
        streams = (np.random.Generator(np.random.Philox(key=[self.seed, i])) for i in range(start, stop))  # pyright: ignore[reportArgumentType]
        data = np.stack([stream.standard_normal(self.shape, np.float32) for stream in streams])
        return Batch(data, None, tuple(map(str, range(start, stop))))
