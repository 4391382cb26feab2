"""Fully connected layers: inputs of any rank, sums that are too long, refusals."""

import numpy as np
import pytest

from mrt_studio.errors import ShapeError
from mrt_studio.ops.base import make
from tests.nets import built, check_exact, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of


def dense(shape, inner, hidden=2, *, bias=True, **attributes):
    def write(b, param):
        refs = [b.input("data", shape), param("w", hidden, inner), *([param("b", hidden)] if bias else [])]
        return b.op("FullyConnected", *refs, name="fc", num_hidden=hidden, no_bias=not bias, **attributes)

    return built(write)


LONG = {
    "flattened": ((2, 33_000, 2), 66_000, {}),
    "without_a_bias": ((1, 66_000), 66_000, {"bias": False}),
    "last_axis": ((1, 2, 33_000), 33_000, {"flatten": False}),
}


@pytest.mark.parametrize(("shape", "inner", "attributes"), LONG.values(), ids=list(LONG))
def test_a_sum_that_one_accumulator_cannot_hold_is_split(shape, inner, attributes):
    graph, feeds = dense(shape, inner, **attributes), {"data": rng_of(0).standard_normal(shape).astype(np.float32)}
    ready = prepared(graph)
    assert [n.op.name for n in ready.operators].count("FullyConnected") > 1
    expected = floats(graph, feeds)[0]
    np.testing.assert_allclose(floats(ready, feeds)[0], expected, atol=1e-5 * abs(expected).max())
    model = lowered(ready, thresholds_of(ready, feeds))
    out = check_exact(model.graph, integers(model, feeds))[0]
    assert abs(out / model.outputs[0].scale - expected).max() < 0.02 * abs(expected).max()
    check_exact(model.graph, extremes(model.graph, seed=3))


def test_the_longest_sum_is_not_split():
    assert len(prepared(dense((1, 65_535), 65_535, bias=False)).operators) == 1
    assert len(prepared(dense((1, 32_767), 32_767)).operators) == 1


@pytest.mark.parametrize(
    ("shapes", "attributes"),
    [
        (((4,), (3, 4), (3,)), {"flatten": False}),
        (((2, 4), (3, 4)), {}),
        (((2, 4), (3, 5), (3,)), {}),
        (((2, 4), (4, 4), (3,)), {}),
        (((2, 4), (3, 4), (4,)), {}),
        (((2, 3, 4), (3, 12), (3,)), {"flatten": False}),
        (((2, 3, 4), (3, 4), (3,)), {}),
    ],
)
def test_inputs_that_do_not_fit_are_refused(shapes, attributes):
    with pytest.raises(ShapeError):
        make("FullyConnected", num_hidden=3, **attributes).infer(shapes)
