"""The calibration doctor: was there enough data, and which samples decide.

Everything comes from the per-sample extremes that TensorStats keeps, so no data is run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrt_studio.session.session import Session
from mrt_studio.stats.tensor_stats import TensorStats

SUBSETS = 200
"""Random halves of the data that are compared."""
FAR = 5.0
"""Samples this many robust standard deviations above the median are outliers."""
_ROBUST = 1.4826
"""The standard deviation of normal values over their median absolute deviation."""


@dataclass(frozen=True)
class TensorHealth:
    """What the extremes of one tensor say.

    Attributes:
        name: of the prepared model.
        growth: (n,) the largest magnitude after 1, 2, … samples, over that of all.
        spread: standard deviation over mean of the largest magnitude of random halves of the samples.
        settled: samples after which the largest magnitude had reached 99 percent of its last value.
        outliers: numbers of the samples whose largest magnitude is far above the others'.
        excess: how much larger the largest magnitude is with the outliers than without, as a factor.
    """

    name: str
    growth: tuple[float, ...]
    spread: float
    settled: int
    outliers: tuple[int, ...]
    excess: float


@dataclass(frozen=True)
class Diagnosis:
    """All tensors, and the samples that are outliers: (sample, tensors), most first."""

    tensors: tuple[TensorHealth, ...]
    outliers: tuple[tuple[int, int], ...]
    samples: int


def diagnose_session(session: Session) -> Diagnosis:
    """The diagnosis of a calibrated session, without its parameters.

    Raises:
        ArtifactError: the model is not calibrated.
    """
    params = session.artifact("prepare").graph.params
    return diagnose({name: s for name, s in session.artifact("calibrate").stats.items() if name not in params})


def diagnose(stats: Mapping[str, TensorStats], seed: int = 0) -> Diagnosis:
    """The diagnosis of tensors that saw the same samples; the same for the same seed."""
    samples = max((s.samples for s in stats.values()), default=0)
    rng = np.random.default_rng(seed)
    # The same halves for every tensor, so that tensors can be compared.
    halves = np.array([rng.permutation(samples)[: max(1, samples // 2)] for _ in range(SUBSETS)])
    tensors = tuple(_health(name, s, halves) for name, s in stats.items())
    counted = Counter(sample for t in tensors for sample in t.outliers)
    return Diagnosis(tensors, tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0]))), samples)


def _health(name: str, stats: TensorStats, halves: NDArray[np.int64]) -> TensorHealth:
    largest = np.abs(stats.rows[:, 2:]).max(axis=1)
    last = float(largest.max())
    if last == 0:
        return TensorHealth(name, (1.0,) * len(largest), 0.0, 1, (), 1.0)
    growth = np.maximum.accumulate(largest) / last
    tops = largest[halves].max(axis=1)
    middle = float(np.median(largest))
    far = largest > middle + FAR * _ROBUST * float(np.median(np.abs(largest - middle)))
    far &= largest > 1.05 * middle  # samples that hardly differ are no outliers, however alike the others are
    usual = float(largest[~far].max(initial=0.0))
    return TensorHealth(
        name,
        tuple(map(float, growth)),
        float(tops.std() / tops.mean()) if tops.any() else 0.0,
        int(np.argmax(growth >= 0.99)) + 1,
        tuple(map(int, stats.index[far])),
        last / usual if usual else 1.0,
    )
