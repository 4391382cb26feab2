import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from mrt_studio.ops.base import operators
from tests.unit.ops.single import ran

X = np.array([[-12.7, -1.0, 0.0, 0.1, 12.7]])


@pytest.mark.parametrize(("name", "rule"), [("_plus_scalar", np.add), ("_minus_scalar", np.subtract), ("_mul_scalar", np.multiply)])
@pytest.mark.parametrize("scalar", [0.0, 1.0, -1.0, 1e-20, 1e20])
def test_numbers_of_any_magnitude(name, rule, scalar):
    expected = rule(X, scalar)
    np.testing.assert_allclose(ran(name, X, scalar=scalar).found, expected, atol=1e-4 * max(abs(expected).max(), abs(scalar)))


def test_a_division_of_zero():
    assert not ran("_rdiv_scalar", X[:, :1], scalar=0.0).found.any()


def test_the_larger_one_of_zero_is_relu():
    out = ran("_maximum_scalar", X, scalar=0.0)
    assert [n.op.name for n in out.model.graph.operators] == ["cvm.relu"]


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e39", "0x10", ""])
def test_numbers_that_float32_has_not_are_refused(text):
    with pytest.raises(UnsupportedError, match="scalar="):
        operators["_plus_scalar"].parse({"scalar": text})


def test_attributes_of_mxnet_1_9_and_of_older_files():
    op = operators["_plus_scalar"].parse({"scalar": "2", "is_int": "False"})
    assert op.attributes() == {"scalar": "2.0", "is_int": "False"}
    assert operators["_PlusScalar"].parse({"scalar": "2"}).attributes() == {"scalar": "2.0", "is_int": "True"}
