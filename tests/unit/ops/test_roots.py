"""Roots and reciprocals keep their digits over many magnitudes; what has no root is zero."""

import numpy as np
import pytest

from mrt_studio.ops.base import operators
from tests.unit.ops.chains import ran_wide, share
from tests.unit.ops.single import ran

EXPONENTS = {"sqrt": 0.5, "rsqrt": -0.5, "cbrt": 1 / 3, "rcbrt": -1 / 3, "reciprocal": -1.0}


@pytest.mark.parametrize("magnitude", [1e-20, 1e-3, 1.0, 1e4, 1e15])
@pytest.mark.parametrize("name", EXPONENTS)
def test_small_results_are_as_good_as_large_ones(name, magnitude):
    data = np.geomspace(1 / 100, 1, 300).reshape(2, 150) * magnitude
    result = ran_wide(name, data)
    error = abs(result.found / result.meant - 1)
    assert error.max() < 3e-3 if abs(EXPONENTS[name]) == 1 else error.max() < 1e-3
    assert share(result) < operators[name].tolerance


@pytest.mark.parametrize("name", ["sqrt", "rsqrt"])
def test_zero_and_negative_numbers_give_zero(name):
    found = ran(name, [[0.0, -1.0, -127.0, 127.0]], thresholds={"node": 12.0}).found
    assert found[0, :3].tolist() == [0, 0, 0]
    assert found[0, 3] > 0


@pytest.mark.parametrize("name", ["cbrt", "rcbrt", "reciprocal"])
def test_odd_functions_keep_the_sign_and_zero(name):
    found = ran(name, [[-5.0, 0.0, 5.0]], thresholds={"node": 2.0}).found
    assert found[0, 0] == -found[0, 2] < 0
    assert found[0, 1] == 0


def test_results_beyond_the_threshold_are_cut():
    result = ran("reciprocal", [[1.0, 2.0, 127.0]], thresholds={"node": 0.5})
    np.testing.assert_allclose(result.found, [[0.5, 0.5, 1 / 127]], atol=1e-4)


def test_a_threshold_of_zero_gives_zeros():
    assert not ran("sqrt", [[1.0, 2.0]], thresholds={"node": 0.0}).found.any()
