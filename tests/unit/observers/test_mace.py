"""MACE's ranges, on cases worked out by hand from the formulas."""

import numpy as np
import pytest

from mrt_studio.observers.base import observers
from mrt_studio.observers.mace import enhanced_range, percentile_range
from mrt_studio.stats.tensor_stats import TensorStats


def ends(*pairs):
    """Minima and maxima of samples."""
    return np.array([p[0] for p in pairs], float), np.array([p[1] for p in pairs], float)


def test_percentiles_interpolate_between_samples():
    assert percentile_range(*ends((-1, 1), (-2, 3), (-5, 11)), 0) == (-5, 11)
    assert percentile_range(*ends((-1, 1), (-2, 3), (-5, 11)), 25) == (-3.5, 7)


def test_one_outlying_sample_of_twenty_is_left_out():
    # i = 1: (100 - 1) / (100 - -1) = 0.98 of the range for 1 / 20 of the samples: 19.6 > 10, so the maximum becomes 1.
    mins, maxs = ends(*[(-1, 1)] * 19, (-1, 100))
    assert enhanced_range(mins, maxs, 0, 10) == (-1, 1)
    assert enhanced_range(mins, maxs, 0, 20) == (-1, 100)


def test_two_outlying_samples_of_twenty_are_kept_at_a_ratio_of_ten():
    # i = 1 saves nothing; i = 2 saves 0.98 for 2 / 20: 9.8 < 10.
    assert enhanced_range(*ends(*[(-1, 1)] * 18, *[(-1, 100)] * 2), 0, 10) == (-1, 100)
    assert enhanced_range(*ends(*[(-1, 1)] * 18, *[(-1, 100)] * 2), 0, 9) == (-1, 1)


def test_the_minimum_moves_before_the_maximum_and_counts_from_there():
    # i = 1: minimum from -50 to -1 saves 49 / 60 for 1/10 (8.2 > 5); then the range is 11, and the maximum from 10 to 2 saves 8 / 11 for 1/10 (7.3 > 5).
    mins, maxs = ends((-50, 10), *[(-1, 2)] * 9)
    assert enhanced_range(mins, maxs, 0, 5) == (-1, 2)
    # At a ratio of 8 the minimum moves and the maximum does not.
    assert enhanced_range(mins, maxs, 0, 8) == (-1, 10)


def test_a_range_below_a_tenth_is_left_alone():
    mins, maxs = ends(*[(0, 0.01)] * 30, (0, 0.09))
    assert enhanced_range(mins, maxs, 0, 0.1) == (0, 0.09)


@pytest.mark.parametrize("count", [1, 2])
def test_few_samples_keep_their_range(count):
    assert enhanced_range(*ends(*[(-3, 4)] * count), 0, 10) == (-3, 4)


def test_the_observers_take_the_larger_magnitude():
    x = np.array([[-1, 1]] * 19 + [[-1, 100]], np.float32)
    assert observers.create("mace_enhance").threshold(TensorStats.of(x)) == 1
    assert observers.create("mace_percentile").threshold(TensorStats.of(x)) == 100
    assert observers.create("mace_percentile(percentile=50)").threshold(TensorStats.of(x)) == 1
    assert observers.create("mace_enhance(percentile=5)").threshold(TensorStats.of(-x)) == 1
