"""Sums and maxima: the axes, and the shapes that the runtime's CPU back end gets wrong."""

import numpy as np
import pytest

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.ops.base import make, parse
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import ShapeError, UnsupportedError
from tests.unit.cvm.one import graph_of, result

X = np.arange(24).reshape(2, 3, 4) - 30


@pytest.mark.parametrize(
    ("attributes", "axes"),
    [
        ({"axis": (1,)}, (1,)),
        ({"axis": (2, 0)}, (0, 2)),
        ({"axis": (-1,)}, (2,)),
        ({"axis": (1,), "exclude": True}, (0, 2)),
        ({"axis": (-1, 0), "exclude": True}, (1,)),
        ({"axis": (0, 1, 2)}, (0, 1, 2)),
    ],
)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("op", ["sum", "max"])
def test_the_named_axes_or_all_others_are_reduced(op, keepdims, attributes, axes):
    expected = getattr(X, op)(axis=axes, keepdims=keepdims)
    found = result(op, X, keepdims=keepdims, **attributes)
    assert found.tolist() == (expected.tolist() if expected.shape else [expected])


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("op", ["sum", "max"])
def test_excluding_all_axes_copies(op, keepdims):
    graph = graph_of(op, X.shape, axis=(0, 1, -1), exclude=True, keepdims=keepdims)
    assert graph["node"].shapes == (X.shape,)
    assert result(op, X, axis=(0, 1, -1), exclude=True, keepdims=keepdims).tolist() == X.tolist()
    assert prove(graph)["node"].bits == {"sum": 9, "max": 8}[op]


def test_without_axes_a_sum_takes_all_and_exclude_changes_nothing():
    for exclude in (False, True):
        assert result("sum", X, exclude=exclude).tolist() == [X.sum()]
        assert result("sum", X, exclude=exclude, keepdims=True).tolist() == [[[X.sum()]]]


def test_a_maximum_without_axes_is_refused():
    with pytest.raises(UnsupportedError) as caught:
        graph_of("max", (2, 3))
    assert caught.value.what == "max names no axes."
    assert caught.value.remedy == "Name all axes."


def test_the_bits_and_the_work_of_a_sum_follow_the_excluded_axes():
    for attributes in ({"axis": (0, 2)}, {"axis": (1,), "exclude": True}):
        graph = graph_of("sum", (2, 3, 4), **attributes)
        assert prove(graph)["node"].bits == 8 + 4
        assert gas(graph).operations == 24
    graph = graph_of("max", (2, 3, 4), axis=(1,), exclude=True)
    assert prove(graph)["node"].bits == 8
    assert gas(graph).operations == 3


# Found by running all shapes of up to four axes of one, two and three elements on the real back ends.
WRONG = [
    ((2, 3, 1), (1,)),
    ((2, 1, 3, 1), (2,)),
    ((2, 2, 1, 2), (3,)),
    ((3, 4, 5, 1), (0,)),
    ((2, 3, 1, 1), (1, 2)),
]
RIGHT = [
    ((1, 3, 1), (1,)),
    ((1, 3, 1, 1), (1,)),
    ((2, 1, 3), (2,)),
    ((1, 2, 1, 3), (3,)),
    ((3, 4, 1), (0,)),
    ((2, 3, 1), (1, 2)),
    ((1, 2, 3), (1,)),
    ((2, 3, 1), (0, 1)),
]


@pytest.mark.parametrize("op", ["sum", "max"])
@pytest.mark.parametrize(("shape", "axis"), WRONG)
def test_shapes_that_the_cpu_back_end_gets_wrong_are_refused(op, shape, axis):
    others = tuple(i for i in range(len(shape)) if i not in axis)
    for attributes in ({"axis": axis}, {"axis": axis, "keepdims": True}, {"axis": others, "exclude": True}):
        with pytest.raises(UnsupportedError) as caught:
            graph_of(op, shape, **attributes)
        assert caught.value.what == f"A {op} of {shape} over {axis} keeps an axis of size one behind a larger one."
        assert caught.value.remedy == "Squeeze that axis first."


@pytest.mark.parametrize("op", ["sum", "max"])
@pytest.mark.parametrize(("shape", "axis"), RIGHT)
def test_other_axes_of_size_one_are_taken(op, shape, axis):
    x = np.arange(np.prod(shape)).reshape(shape) - 7
    assert result(op, x, axis=axis, keepdims=True).tolist() == getattr(x, op)(axis=axis, keepdims=True).tolist()


@pytest.mark.parametrize("axis", [(0, 0), (0, -2), (2,), (-3,)])
def test_axes_that_do_not_exist_or_repeat_are_refused(axis):
    for exclude in (False, True):
        with pytest.raises(ShapeError):
            graph_of("max", (2, 3), axis=axis, exclude=exclude)


def test_a_file_may_name_the_type_of_the_machine_and_no_other():
    assert parse("cvm.sum", {"axis": "[1]", "dtype": "int32", "exclude": "1"}, 1) == make("cvm.sum", axis=(1,), exclude=True)
    with pytest.raises(UnsupportedError, match="dtype='float32'"):
        parse("cvm.max", {"axis": "1", "dtype": "float32"}, 1)
