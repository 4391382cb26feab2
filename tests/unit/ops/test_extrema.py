import numpy as np
import pytest

from tests.unit.ops.single import ran

RULES = {"broadcast_maximum": np.maximum, "broadcast_minimum": np.minimum}
X = np.linspace(-1, 1, 41)[:, None]


@pytest.mark.parametrize("name", RULES)
def test_tensors_of_one_scale_stay_exact_and_narrow(name):
    out = ran(name, X, X.T)
    np.testing.assert_allclose(out.found, out.meant, rtol=1e-7)
    assert out.model.outputs[0].precision == 8


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("ratio", [1e-6, 0.3, 1e6])
def test_the_error_is_half_a_step_of_the_larger_threshold(name, ratio):
    out = ran(name, X, ratio * X.T)
    assert abs(out.found - out.meant).max() <= 2.0**-15 * max(1, ratio)
