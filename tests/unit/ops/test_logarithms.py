"""Logarithms over many magnitudes, near one, and of what has none."""

import numpy as np
import pytest

from mrt_studio.ops.base import operators
from tests.unit.ops.chains import ran_wide, share
from tests.unit.ops.single import ran


@pytest.mark.parametrize("name", ["log", "log2", "log10"])
@pytest.mark.parametrize(("low", "high"), [(1e-4, 1.0), (1.0, 1e4), (1e-12, 1e-9), (0.1, 10.0), (0.9, 1.1), (0.999, 1.001), (2.0, 3.0)])
def test_the_error_is_small_wherever_the_numbers_are(name, low, high):
    assert share(ran_wide(name, np.geomspace(low, high, 300).reshape(2, 150))) < operators[name].tolerance


def test_zero_and_negative_numbers_give_the_logarithm_of_the_smallest_step():
    found = ran("log", [[0.0, -5.0, 1.0, 127.0]], thresholds={"data": 127.0, "node": 5.0}).found
    np.testing.assert_allclose(found, [[0.0, 0.0, 0.0, np.log(127)]], atol=1e-3)


def test_results_below_the_threshold_are_cut():
    found = ran("log", [[1.0, 127.0]], thresholds={"data": 127.0, "node": 1.0}).found
    assert found[0, 0] == 0
    assert 1 <= found[0, 1] < 1.01
