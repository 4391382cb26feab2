import numpy as np
import pytest

from mrt_studio.errors import ShapeError
from mrt_studio.ops.base import operators
from tests.unit.ops.single import ran


@pytest.mark.parametrize("name", ["broadcast_sub", "elemwise_sub"])
def test_a_difference_may_be_twice_as_large_as_its_terms(name):
    x = np.array([[127.0, -127.0, 5.0]])
    out = ran(name, x, -x)
    np.testing.assert_allclose(out.found, 2 * x, rtol=1e-4)


@pytest.mark.parametrize("name", ["elemwise_sub", "elemwise_mul", "_maximum", "_logical_xor"])
def test_twins_take_equal_shapes_only(name):
    with pytest.raises(ShapeError, match="needs equal shapes") as refusal:
        operators[name]().infer(((2, 1), (2, 3)))
    assert refusal.value.remedy.startswith("Use broadcast_")
