import operator

import numpy as np
import pytest

from tests.unit.ops.single import ran

RULES = {
    "broadcast_greater": operator.gt,
    "broadcast_greater_equal": operator.ge,
    "broadcast_lesser": operator.lt,
    "broadcast_lesser_equal": operator.le,
    "broadcast_equal": operator.eq,
    "broadcast_not_equal": operator.ne,
}
CODES = np.arange(-127, 128)[None] / 10


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("number", [0.0, 3.0, 3.04, 3.06, -3.0, -3.04, -3.06, 12.7, 12.71, -12.7, 1e-30, 1e30, -1e30])
def test_every_code_against_a_parameter(name, number):
    out = ran(name, CODES, params=([number],))
    np.testing.assert_array_equal(out.found, RULES[name](CODES, number))


@pytest.mark.parametrize("name", RULES)
def test_tensors_of_one_scale_are_compared_as_they_are(name):
    x, y = CODES.T, CODES
    np.testing.assert_array_equal(ran(name, x, y).found, RULES[name](x, y))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("ratio", [1e-4, 0.37, 3.1, 1e4])
def test_tensors_of_different_scales(name, ratio):
    x, y = np.linspace(-1, 1, 61)[:, None], ratio * np.linspace(-1, 1, 53)[None]
    out = ran(name, x, y)
    np.testing.assert_array_equal(out.found, out.meant)


@pytest.mark.parametrize("name", RULES)
def test_zeros_against_zeros(name):
    zeros = np.zeros((1, 3))
    out = ran(name, np.ones((1, 3)), params=(zeros,))
    assert out.found.tolist() == RULES[name](np.ones((1, 3)), zeros).astype(float).tolist()


@pytest.mark.parametrize("name", RULES)
def test_the_result_needs_two_bits_and_no_threshold(name):
    out = ran(name, CODES, params=([0.05],), thresholds={"node": 0.0}).model.outputs[0]
    assert (out.precision, out.scale, out.threshold) == (2, 1.0, 1.0)
