import numpy as np
import pytest

from tests.unit.ops.single import ran

TIES = [[-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 12.7, -12.7, 0.0]]  # at a threshold of 12.7 the codes are tenths
EXPECTED = {
    "floor": [-3, -2, -1, 0, 1, 2, 12, -13, 0],
    "ceil": [-2, -1, 0, 1, 2, 3, 13, -12, 0],
    "round": [-3, -2, -1, 1, 2, 3, 13, -13, 0],
    "rint": [-3, -2, -1, 0, 1, 2, 13, -13, 0],
    "fix": [-2, -1, 0, 0, 1, 2, 12, -12, 0],
    "trunc": [-2, -1, 0, 0, 1, 2, 12, -12, 0],
}
WHOLE = [[-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]]


@pytest.mark.parametrize("name", EXPECTED)
def test_ties_and_signs(name):
    assert ran(name, TIES).found.tolist() == [EXPECTED[name]]


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("threshold", [3.175, 7.9375, 127.0])
def test_a_whole_number_stays_where_the_codes_hold_it(name, threshold):
    assert ran(name, WHOLE, thresholds={"data": threshold}).found.tolist() == WHOLE


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("largest", [1e-30, 1e-6, 0.3, 0.4999, 0.7, 1.0, 17.3, 999.7, 31000.0])
def test_the_rule_of_what_every_code_stands_for(name, largest):
    x = np.linspace(-largest, largest, 255)[None]
    out = ran(name, x)
    np.testing.assert_array_equal(out.found, out.meant)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_step_is_nothing_beside_huge_numbers(name):
    x = np.linspace(-1e9, 1e9, 255)[None]
    out = ran(name, x)
    assert abs(out.found - out.meant).max() <= 2.0**-16 * 1e9


@pytest.mark.parametrize("name", EXPECTED)
def test_zeros_stay_zeros(name):
    assert not ran(name, np.zeros((1, 4)), thresholds={"data": 1.0}).found.any()
