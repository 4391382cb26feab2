import numpy as np
import pytest

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.graph import with_input_shapes
from mrt_studio.ops.base import make, operators
from tests.nets import floats, lowered, prepared, thresholds_of
from tests.unit.ops.single import single

FORMS = {
    "broadcast_to": ({"shape": (1, 3, 4)}, ()),
    "broadcast_axis": ({"axis": (2,), "size": (4,)}, ()),
    "broadcast_like": ({"lhs_axes": (2,), "rhs_axes": (0,)}, (np.ones(4),)),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_batch_may_change_after_prepare(name):
    attributes, params = FORMS[name]
    ready = prepared(single(name, np.ones((1, 3, 1)), params=params, **attributes))
    three = with_input_shapes(ready, make, {"data": (3, 3, 1)})
    feeds = {"data": np.ones((3, 3, 1), np.float32)}
    assert floats(three, feeds)[0].shape == (3, 3, 4)
    assert lowered(three, thresholds_of(three, feeds)).graph.shape(three.outputs[0]) == (3, 3, 4)


def test_the_batch_of_another_input_may_change_too():
    ready = prepared(single("broadcast_like", np.ones((1, 3, 1)), np.ones((1, 3, 4))))
    three = with_input_shapes(ready, make, {"data": (1, 3, 1), "data1": (5, 3, 4)})
    assert three.shape(three.outputs[0]) == (5, 3, 4)


def test_an_axis_of_the_batch_is_not_baked_in():
    with pytest.raises(UnsupportedError, match="to the batch") as refusal:
        prepared(single("broadcast_like", np.ones((2, 1)), np.ones((2, 3)), lhs_axes=(1,), rhs_axes=(0,)))
    assert refusal.value.remedy == "Leave out lhs_axes and rhs_axes."


def test_nothing_to_repeat_is_dropped():
    assert not prepared(single("broadcast_to", np.ones((2, 3)), shape=(2, 0))).operators


@pytest.mark.parametrize(("name", "attributes"), [("broadcast_to", {"shape": (0, 5000)}), ("broadcast_axis", {"axis": (1,), "size": (5000,)})])
def test_more_repeats_than_the_machine_takes_are_refused(name, attributes):
    with pytest.raises(UnsupportedError, match=r"to \(2, 5000\) is not supported"):
        prepared(single(name, np.ones((2, 1)), **attributes))


@pytest.mark.parametrize("shape", [(2, 3), (1, 4, 3), (2,), (), (3, 0, 4)])
def test_shapes_that_do_not_fit(shape):
    with pytest.raises(ShapeError, match="cannot be broadcast"):
        operators["broadcast_to"](shape=shape).infer(((1, 2, 3),))


@pytest.mark.parametrize(("axis", "size"), [((1,), ()), ((5,), (2,)), ((1, 1), (2, 2)), ((0,), (2,))])
def test_axes_that_do_not_fit(axis, size):
    with pytest.raises(ShapeError, match="cannot be broadcast"):
        operators["broadcast_axis"](axis=axis, size=size).infer(((2, 1, 3),))


@pytest.mark.parametrize(("lhs", "rhs"), [(None, (0,)), ((0,), None), ((0, 0), (0, 1)), ((3,), (0,)), ((0,), (-4,)), ((), ())])
def test_named_axes_that_do_not_fit(lhs, rhs):
    with pytest.raises(ShapeError, match="do not belong together"):
        operators["broadcast_like"](lhs_axes=lhs, rhs_axes=rhs).infer(((1, 2), (1, 2, 3)))
