import numpy as np
import pytest

from mrt_studio.errors import ShapeError
from mrt_studio.ops.base import operators
from tests.unit.ops.single import ran


@pytest.mark.parametrize("count", [2, 3, 7, 64])
def test_saturated_terms_add_up_in_as_few_bits_as_a_tree_needs(count):
    x = np.full((1, 3), 2.0)
    out = ran("add_n", x, params=(x,) * (count - 1), num_args=count, thresholds={"node": 1e6})
    np.testing.assert_allclose(out.found, 2.0 * count, rtol=1e-4)
    assert out.model.outputs[0].precision == 16 + (count - 1).bit_length()


def test_counts_and_shapes_must_fit():
    add = operators["add_n"](num_args=2)
    with pytest.raises(ShapeError, match="num_args is 2"):
        add.infer(((1, 2),))
    with pytest.raises(ShapeError, match="equal shapes"):
        add.infer(((1, 2), (2, 2)))
