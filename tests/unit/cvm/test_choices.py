"""Corners of the operators that choose values: take and where."""

import numpy as np
import pytest

from mrt_studio.cvm.emulate import widths
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.ops.base import Width, make
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import OverflowError32, ShapeError, UnsupportedError
from mrt_studio.ir.graph import Builder
from tests.nets import check_exact
from tests.unit.cvm.one import graph_of, result

FAR = 2**31 - 1
TABLE = np.array([[1, 2, 3], [4, 5, 6]])


def taken(indices, table=TABLE, **attributes):
    """Elements of a parameter at the input's indices; all machines must agree."""
    b = Builder(make)
    at = b.input("data", np.shape(indices), 32)
    ref = b.op("cvm.take", b.param("", table.astype(np.int8), name="table", precision=4), at, name="node", **attributes)
    graph = b.graph([ref])
    assert prove(graph)["node"].bits == 4
    return check_exact(graph, {"data": np.array(indices)})[0]


def test_indices_outside_are_moved_to_the_border():
    assert taken([0, -1, -FAR, 1, 2, FAR], axis=0).tolist() == [[1, 2, 3]] * 3 + [[4, 5, 6]] * 3
    assert taken([[2], [9]], axis=1).tolist() == [[[3], [3]], [[6], [6]]]
    assert taken([5, 6, -1, 4]).tolist() == [6, 6, 1, 5]


def test_the_axis_counts_from_the_end_too():
    assert taken([1, 0], axis=-1).tolist() == [[2, 1], [5, 4]]
    assert taken([1], axis=-2).tolist() == [[4, 5, 6]]


@pytest.mark.parametrize("axis", [2, -3])
def test_an_axis_that_is_none(axis):
    with pytest.raises(ShapeError, match=f"no axis {axis}"):
        taken([0], axis=axis)


def test_indices_beyond_float32_are_read_in_float64():
    assert widths(graph_of("take", (2, 3), ([0, 1], 32), axis=0), fast=True) == {"node": Width.DOUBLE}
    assert widths(graph_of("take", (2, 3), ([0, 1], 25), axis=0), fast=True) == {"node": Width.SINGLE}
    table = np.arange(2**24 + 3, dtype=np.int32)
    b = Builder(make)
    x = b.input("data", (2,), 32)
    graph = b.graph([b.op("cvm.take", b.param("", table, name="table", precision=26), x)])
    feeds = {"data": np.array([2**24 + 1, 2**24 - 1])}
    assert run_reference(graph, feeds)[0].tolist() == FastMachine(graph).run(feeds)[0].tolist() == [2**24 + 1, 2**24 - 1]


def test_any_number_but_zero_is_true():
    assert result("where", [[0, 1, -1, 127]], ([[1, 2, 3, 4]], 5), ([[-1, -2, -3, -4]], 8)).tolist() == [[-1, 2, 3, 4]]
    assert result("where", [0, FAR], ([1, FAR], 32), ([-FAR, 3], 32), bits=32).tolist() == [-FAR, FAR]


@pytest.mark.parametrize(("x", "y"), [(9, 3), (3, 9), (32, 32)])
def test_values_wider_than_the_condition_are_refused(x, y):
    with pytest.raises(OverflowError32, match=f"The values have {max(x, y)} bits, but the condition has 8") as caught:
        prove(graph_of("where", (1, 2), ([[1, 1]], x), ([[1, 1]], y), bits=8))
    assert "condition's precision" in caught.value.why
    assert "cvm_clip" in caught.value.remedy
    assert caught.value.where == "cvm.where 'node'"


def test_a_condition_of_one_number_a_row_is_refused():
    with pytest.raises(UnsupportedError, match=r"A condition of the shape \(2,\)") as caught:
        graph_of("where", (2,), (np.ones((2, 3)), 8), (np.ones((2, 3)), 8))
    assert "part of each row" in caught.value.why


@pytest.mark.parametrize(("x", "y"), [((2, 3), (3, 2)), ((3, 2), (3, 2)), ((1, 3), (2, 3))])
def test_shapes_that_differ_are_refused(x, y):
    with pytest.raises(ShapeError, match="need one shape"):
        graph_of("where", (2, 3), (np.ones(x), 8), (np.ones(y), 8))
