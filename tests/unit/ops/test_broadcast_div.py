import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from tests.nets import prepared
from tests.unit.ops.single import ran, single

SPREAD = np.array([[-4.0, -1.0, -0.1, 0.1, 1.0, 4.0]])


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (1e-6, 1e6), (1e6, 1e-6), (3e30, 7e-5)])
def test_quotients_at_any_magnitude(a, b):
    out = ran("broadcast_div", a * SPREAD.T, b * SPREAD)
    np.testing.assert_allclose(out.found, out.meant, rtol=1e-4)


def test_the_quotient_by_zero_is_zero():
    quotients = np.array([[1.0, 1.0, -1.0]])
    out = ran("broadcast_div", quotients, np.array([[1.0, 0.0, 0.001]]), thresholds={"node": 1.0})
    np.testing.assert_allclose(out.found, [[1.0, 0.0, 0.0]], atol=1e-5)


def test_zero_divided_is_zero():
    assert not ran("broadcast_div", np.zeros((1, 6)), SPREAD, thresholds={"data": 1.0}).found.any()


@pytest.mark.parametrize("name", ["broadcast_div", "elemwise_div"])
def test_a_parameter_becomes_its_reciprocal(name):
    graph = prepared(single(name, SPREAD, params=(2 * SPREAD,)))
    assert [n.op.name for n in graph.operators] == ["broadcast_mul"]
    out = ran(name, SPREAD, params=(2 * SPREAD,))
    np.testing.assert_allclose(out.found, out.meant, rtol=1e-3)


@pytest.mark.parametrize("divisor", [[1.0, 0.0], [1.0, 1e-42]])
def test_a_parameter_with_zeros_is_refused(divisor):
    with pytest.raises(UnsupportedError, match="'param0' holds zeros") as refusal:
        prepared(single("broadcast_div", np.ones((1, 2)), params=(divisor,)))
    assert refusal.value.why == "The quotient is not finite."


@pytest.mark.parametrize("scalar", [0.0, 1e-40])
def test_a_number_without_a_reciprocal_is_refused(scalar):
    with pytest.raises(UnsupportedError, match="A division by"):
        prepared(single("_div_scalar", SPREAD, scalar=scalar))
