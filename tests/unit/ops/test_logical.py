import numpy as np
import pytest

from tests.unit.ops.single import ran

X, Y = np.array([[-5.0], [0.0], [0.001], [2.0]]), np.array([[0.0, 1e-20, -3.0, 0.0]])
RULES = {"broadcast_logical_and": np.logical_and, "broadcast_logical_or": np.logical_or, "broadcast_logical_xor": np.logical_xor}


@pytest.mark.parametrize("name", RULES)
def test_a_number_that_is_too_small_for_its_code_is_not_true(name):
    out = ran(name, X, params=(Y,))
    seen = np.array([[True], [False], [False], [True]])
    np.testing.assert_array_equal(out.found, RULES[name](seen, Y != 0))


def test_a_parameter_of_threshold_zero_is_not_true():
    assert not ran("broadcast_logical_and", X, params=(Y,), thresholds={"param0": 0.0}).found.any()


def test_the_opposite():
    assert ran("logical_not", X).found.ravel().tolist() == [0, 1, 1, 0]
