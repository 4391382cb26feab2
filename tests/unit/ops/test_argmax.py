"""Positions of the largest and smallest: ties, corners, integer tops, and what is refused."""

import numpy as np
import pytest

from mrt_studio.cvm.top import put_on_top
from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Builder, Ref
from mrt_studio.ops.base import make, operators
from tests.nets import built, check_exact, integers, lowered, prepared, rng_of, thresholds_of
from tests.unit.ops.batches import check_batches
from tests.unit.ops.single import ran, single


@pytest.mark.parametrize(
    ("row", "largest", "smallest"),
    [([1, 1, 1, 1], 0, 0), ([0, 3, 3, -3], 1, 3), ([-1, -2, -3, -3], 0, 2), ([0, 0, 0, 0], 0, 0), ([-3, -3, -3, 2], 3, 0)],
)
def test_the_first_of_several_counts(row, largest, smallest):
    data = np.array([row, [0, 0, 0, 3]], np.float32)
    assert ran("argmax", data, axis=1).found[0] == largest
    assert ran("argmin", data, axis=1).found[0] == smallest


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_many_positions(name):
    data = rng_of(2).integers(-127, 128, (3, 5000)).astype(np.float32)
    out = ran(name, data, axis=-1)
    np.testing.assert_array_equal(out.found, getattr(np, name)(data, axis=1))
    assert out.model.outputs[0].precision == 14


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_a_tensor_of_zeros_has_its_first_element_everywhere(name):
    def write(b, param):
        zeros = b.op("broadcast_mul", b.input("data", (2, 4)), param("by", 1, 4, value=0.0), name="zeros")
        return b.op(name, zeros, name="node", axis=1)

    graph, feeds = prepared(built(write)), {"data": rng_of(0).uniform(-1, 1, (2, 4)).astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds))
    assert (check_exact(model.graph, integers(model, feeds))[0] == 0).all()


@pytest.mark.parametrize("shape", [(1, 4, 1, 3), (1, 3, 2, 1), (1, 2, 1, 1)])
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_lowered_at_batch_one_it_runs_at_batch_three(shape, axis):
    data = rng_of(axis).uniform(-1, 1, (3, *shape[1:])).astype(np.float32)
    graph = prepared(single("argmax", data[:1], axis=axis))
    model = lowered(graph, {"data": 1.0, "node": 1.0})
    assert (check_batches(model, {"data": data}) == integers(model, {"data": data})["data"].argmax(axis)).all()


@pytest.mark.parametrize(("axis", "words"), [(None, "without an axis"), (0, "over the first axis"), (-2, "over the first axis")])
def test_positions_in_the_batch_are_refused(axis, words):
    with pytest.raises(UnsupportedError, match=words):
        prepared(single("argmin", np.ones((1, 3)), axis=axis))


def test_without_an_axis_the_shape_is_that_of_mxnet():
    assert operators["argmax"].parse({"axis": "None"}).infer(((2, 3),)) == ((1,),)


def test_on_an_integer_top_positions_do_not_depend_on_the_scale():
    base = lowered(prepared(single("relu", np.ones((2, 5)))), {"data": 2.0, "node": 2.0})
    b = Builder(make)
    top = b.graph([b.op("argmax", b.input("node", (2, 5)), name="best", axis=1)])
    data = {"data": np.array([[1, 5, 5, -7, 0], [-1, -2, -3, -4, -5]])}
    whole = put_on_top(base.graph, top, {"node": Ref("node")})
    np.testing.assert_array_equal(check_exact(whole, data)[0], [1, 0])
    batch = b.graph([b.op("argmax", Ref("node"), name="any")])
    with pytest.raises(UnsupportedError, match="without an axis"):
        put_on_top(base.graph, batch, {"node": Ref("node")})
