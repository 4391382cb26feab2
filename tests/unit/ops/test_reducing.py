"""Reductions: forms, batches, and what is refused."""

import numpy as np
import pytest

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ops.base import operators
from tests.nets import lowered, prepared, rng_of, thresholds_of
from tests.unit.ops.batches import check_batches
from tests.unit.ops.single import ran, single

SHAPES = {
    (2, 1, 2): [(3,), (1,), (1, 2), (2, 3)],
    (1, 3, 1): [(1,), (2,), (2, 3), (1, 2, 3)],
    (3, 1, 1): [(1,), (2, 3)],
    (2, 2, 2): [(1, 3), (2,), (1, 2, 3)],
}


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(("rest", "axis"), [(rest, axis) for rest, several in SHAPES.items() for axis in several], ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "norm"])
def test_a_reduction_lowered_at_batch_one_runs_at_batch_three(name, rest, axis, keepdims):
    data = rng_of(3).uniform(-4, 4, (3, *rest)).astype(np.float32)
    graph = prepared(single(name, data[:1], axis=axis, keepdims=keepdims))
    full = prepared(single(name, data, axis=axis, keepdims=keepdims))
    check_batches(lowered(graph, thresholds_of(full, {"data": data})), {"data": data})


@pytest.mark.parametrize("text", ["None", "()", "[]"])
@pytest.mark.parametrize("name", ["sum", "max", "min", "nansum"])
def test_no_axes_mean_all(name, text):
    op = operators[name].parse({"axis": text})
    assert op.infer(((2, 3, 4),)) == ((1,),)
    assert operators[name].parse({"axis": text, "exclude": "True", "keepdims": "1"}).infer(((2, 3, 4),)) == ((1, 1, 1),)


def test_one_number_is_an_axis():
    assert operators["sum"].parse({"axis": "-1"}).infer(((2, 3, 4),)) == ((2, 3),)


@pytest.mark.parametrize("axis", [(1, 1), (1, -2), (3,), (-4,)])
def test_axes_that_do_not_fit_are_refused(axis):
    with pytest.raises(ShapeError, match=r"do not exist|twice"):
        operators["mean"](axis=axis).infer(((2, 3, 4),))


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod"])
def test_what_reduces_nothing_is_dropped(name):
    data = rng_of(0).uniform(-1, 1, (2, 3))
    assert {n.op.name for n in ran(name, data, axis=(0, 1), exclude=True).model.graph.operators} <= {"cvm.cvm_clip"}


@pytest.mark.parametrize("name", ["mean", "prod", "norm"])
@pytest.mark.parametrize("axis", [None, (0,), (1, 0)])
def test_what_depends_on_the_batch_is_refused(name, axis):
    with pytest.raises(UnsupportedError, match="over the first axis") as caught:
        prepared(single(name, np.ones((1, 3)), axis=axis))
    assert "size may change" in caught.value.why
    assert caught.value.where == f"{name} 'node'"


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "norm", "nansum"])
def test_zeros_reduce_to_zero(name):
    data = np.array([[[0, 0, 0], [0, 0, 0]], [[1, -2, 0.5], [0, 3, -3]]])
    assert (ran(name, data, axis=(1, 2)).found[0] == 0).all()


def test_a_tensor_with_the_threshold_zero_reduces_to_zero():
    data = rng_of(1).uniform(-1, 1, (2, 5))
    for name in ("sum", "mean", "max", "min", "norm"):
        assert (ran(name, data, axis=(1,), thresholds={"node": 0.0}).found == 0).all()
