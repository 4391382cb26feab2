import numpy as np
import pytest

from mrt_studio.errors import ShapeError
from mrt_studio.ops.base import operators
from tests.unit.ops.single import ran

CONDITION, X, Y = np.array([[0.0, -1.0, 1e-3, 1.0]]), np.array([[127.0, 3.0, 5.0, -127.0]]), np.array([[-127.0, 7.0, 9.0, 11.0]])


def test_what_is_chosen_is_not_changed():
    assert ran("where", CONDITION, X, Y).found.tolist() == [[-127, 3, 9, -127]]


def test_the_ends_of_both_ranges_do_not_overflow():
    out = ran("where", np.array([[0.0, 1.0]]), np.array([[1e6, 1e6]]), np.array([[-1e-6, -1e-6]]))
    np.testing.assert_allclose(out.found, [[0.0, 1e6]], rtol=1e-4)


def test_a_condition_of_one_axis_chooses_samples_of_any_batch():
    out = ran("where", np.array([0.0, 1.0, -1.0]), np.full((3, 2), 2.0), np.full((3, 2), -2.0))
    assert out.found.tolist() == [[-2, -2], [2, 2], [2, 2]]


@pytest.mark.parametrize("shapes", [((2, 1), (2, 3), (2, 3)), ((3,), (2, 3), (2, 3)), ((2, 3), (2, 3), (1, 3)), ((), (2, 3), (2, 3))])
def test_other_shapes_are_refused(shapes):
    with pytest.raises(ShapeError, match="where needs x and y of one shape"):
        operators["where"]().infer(shapes)
