"""Corners of strided_slice and slice_like."""

import numpy as np
import pytest

from mrt_studio.cvm.emulate import to_symbol
from mrt_studio.cvm.ops.base import parse
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import FormatError, ShapeError, UnsupportedError
from tests.unit.cvm.one import graph_of, result

SOURCE = (2, 3, 4)


@pytest.mark.parametrize(
    ("begin", "end", "stride", "found"),
    [
        ((1,), (4,), (), [1, 2, 3]),
        ((), (), (), [0, 1, 2, 3, 4, 5]),
        ((1,), (), (2,), [1, 3, 5]),
        ((-2,), (6,), (), [4, 5]),
        ((0,), (-2,), (), [0, 1, 2, 3]),
        ((-9,), (99,), (5,), [0, 5]),
        ((5,), (-7,), (-1,), [5, 4, 3, 2, 1, 0]),
        ((99,), (-7,), (-2,), [5, 3, 1]),
        ((-1,), (2,), (-1,), [5, 4, 3]),
        ((5,), (0,), (-3,), [5, 2]),
        ((3,), (-99,), (-1,), [3, 2, 1, 0]),
        ((5,), (6,), (9,), [5]),
    ],
)
def test_slices(begin, end, stride, found):
    assert result("strided_slice", np.arange(6), begin=begin, end=end, stride=stride).tolist() == found


@pytest.mark.parametrize(
    ("begin", "end", "stride"),
    [
        ((3,), (3,), ()),
        ((4,), (2,), ()),
        ((6,), (9,), ()),
        ((0,), (-9,), ()),
        ((2,), (4,), (-1,)),
        ((5,), (-1,), (-1,)),
        ((-9,), (-9,), (-1,)),
        ((5,), (9,), (-1,)),
    ],
)
def test_slices_that_leave_nothing(begin, end, stride):
    with pytest.raises(ShapeError, match=r"leaves nothing of the axis 0 of \(6,\)"):
        graph_of("strided_slice", (6,), begin=begin, end=end, stride=stride)


@pytest.mark.parametrize("numbers_", [{"begin": (0, 0), "end": (1,)}, {"begin": (0,), "end": (1, 1)}, {"begin": (0,), "end": (1,), "stride": (1, 1)}])
def test_slices_with_more_numbers_than_axes(numbers_):
    with pytest.raises(ShapeError, match=r"does not slice \(6,\)"):
        graph_of("strided_slice", (6,), **numbers_)


def test_a_stride_of_zero():
    with pytest.raises(ShapeError, match="does not slice") as caught:
        graph_of("strided_slice", (6,), begin=(0,), end=(1,), stride=(0,))
    assert "no stride is zero" in caught.value.why


def test_a_slice_needs_its_ends():
    with pytest.raises(FormatError, match="lacks the attribute 'begin'"):
        parse("cvm.strided_slice", {"end": "(1,)"}, 1)


def test_a_front_like_another():
    x = np.arange(24).reshape(SOURCE)
    like = (np.zeros((1, 2, 4), int), 2)
    assert np.array_equal(result("slice_like", x, like), x[:1, :2])
    assert np.array_equal(result("slice_like", x, like, axis=(-2,)), x[:, :2])
    assert np.array_equal(result("slice_like", x, (np.zeros((2, 1), int), 1), axis=(1,)), x[:, :1])
    assert prove(graph_of("slice_like", SOURCE, (np.zeros(SOURCE), 30), bits=5))["node"].bits == 5


@pytest.mark.parametrize(
    ("like", "axis"), [((2, 3), ()), ((2, 3, 5), ()), ((2, 4, 4), (1,)), ((2, 3), (2,)), ((2, 3), (-1,)), ((2, 3, 4, 1), (3,)), ((1,), (-4,))]
)
def test_fronts_that_are_none(like, axis):
    with pytest.raises(ShapeError, match="cannot be cut to the size of"):
        graph_of("slice_like", SOURCE, (np.zeros(like), 8), axis=axis)


@pytest.mark.parametrize(("op", "attributes"), [("strided_slice", {"begin": (0,), "end": (1,)}), ("slice_like", {})])
def test_slices_of_six_axes_have_no_twin(op, attributes):
    params = [(np.zeros((1,) * 6), 8)] if op == "slice_like" else []
    with pytest.raises(UnsupportedError, match="MXNet cannot slice") as caught:
        to_symbol(graph_of(op, (2,) * 6, *params, **attributes))
    assert caught.value.where == f"cvm.{op} 'node'"
    assert "reference" in caught.value.remedy
