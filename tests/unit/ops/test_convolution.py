"""Convolutions: layouts that MXNet cannot run, sums that are too long, extreme weights, refusals."""

import numpy as np
import pytest

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.base import make
from tests.nets import built, check_exact, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of


def convolved(shape, *params, **attributes):
    def write(b, param):
        return b.op("Convolution", b.input("data", shape), *(param(f"p{i}", *s) for i, s in enumerate(params)), name="conv", **attributes)

    return built(write)


def data_of(shape):
    return {"data": rng_of(0).standard_normal(shape).astype(np.float32)}


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("layout", "rank"), [("NWC", 1), ("NHWC", 2)])
def test_channels_may_come_last(layout, rank, groups):
    """The same numbers as with the channels first, where MXNet runs."""
    sizes, kernel = (6, 5)[:rank], (3, 2)[:rank]
    attributes = {"kernel": kernel, "num_filter": 4, "num_group": groups, "stride": (2, 1)[:rank], "pad": (1, 0)[:rank]}
    last = convolved((2, *sizes, 6), (4, *kernel, 6 // groups), (4,), layout=layout, **attributes)
    first = convolved((2, 6, *sizes), (4, 6 // groups, *kernel), (4,), **attributes)
    first.params["p0"] = np.moveaxis(last.params["p0"], -1, 1)
    feeds = data_of((2, *sizes, 6))
    expected = np.moveaxis(floats(first, {"data": np.moveaxis(feeds["data"], -1, 1)})[0], 1, -1)
    assert last.nodes[-1].shapes[0] == expected.shape
    ready = prepared(last)
    np.testing.assert_allclose(floats(ready, feeds)[0], expected, rtol=1e-5, atol=1e-5)
    model = lowered(ready, thresholds_of(ready, feeds))
    check_exact(model.graph, integers(model, feeds))


LONG = {
    "with_bias": ((1, 33_000, 1, 1), ((2, 33_000, 1, 1), (2,)), {"kernel": (1, 1), "num_filter": 2}),
    "without": ((1, 16_500, 2, 2), ((2, 16_500, 2, 2),), {"kernel": (2, 2), "num_filter": 2, "no_bias": True}),
    "groups": ((1, 66_000, 1, 2), ((2, 33_000, 1, 1), (2,)), {"kernel": (1, 1), "num_filter": 2, "num_group": 2}),
}


@pytest.mark.parametrize(("shape", "params", "attributes"), LONG.values(), ids=list(LONG))
def test_a_sum_that_one_accumulator_cannot_hold_is_split(shape, params, attributes):
    graph, feeds = convolved(shape, *params, **attributes), data_of(shape)
    ready = prepared(graph)
    assert [n.op.name for n in ready.operators].count("Convolution") > 1
    expected = floats(graph, feeds)[0]
    np.testing.assert_allclose(floats(ready, feeds)[0], expected, atol=1e-5 * abs(expected).max())
    model = lowered(ready, thresholds_of(ready, feeds))
    out = check_exact(model.graph, integers(model, feeds))[0]
    assert abs(out / model.outputs[0].scale - expected).max() < 0.02 * abs(expected).max()
    check_exact(model.graph, extremes(model.graph, seed=3))


def test_the_longest_sum_is_not_split():
    assert len(prepared(convolved((1, 65_535, 1, 1), (1, 65_535, 1, 1), kernel=(1, 1), num_filter=1, no_bias=True)).operators) == 1
    assert len(prepared(convolved((1, 32_767, 1, 1), (1, 32_767, 1, 1), (1,), kernel=(1, 1), num_filter=1)).operators) == 1


def test_a_window_that_alone_is_too_long_is_refused():
    with pytest.raises(UnsupportedError, match=r"The kernel \(256, 256\) is too large") as caught:
        prepared(convolved((1, 1, 256, 256), (1, 1, 256, 256), kernel=(256, 256), num_filter=1, no_bias=True))
    assert caught.value.where == "Convolution 'conv'"


def test_volumes_are_refused_with_the_reason():
    graph = convolved((1, 2, 4, 4, 4), (3, 2, 3, 3, 3), kernel=(3, 3, 3), num_filter=3, no_bias=True)
    assert floats(graph, data_of((1, 2, 4, 4, 4)))[0].shape == graph.nodes[-1].shapes[0]
    with pytest.raises(UnsupportedError, match="over volumes") as caught:
        prepared(graph)
    assert "two axes only" in caught.value.why


def test_signals_and_images_may_share_a_weight_and_a_bias():
    def write(b, param):
        w, bias = param("w", 3, 4, 3), param("b", 3)
        first = b.op("Convolution", b.input("data", (2, 4, 9)), w, bias, name="one", kernel=(3,), num_filter=3)
        return [first, b.op("Convolution", b.op("relu", Ref("data")), w, bias, name="two", kernel=(3,), num_filter=3, pad=(1,))]

    graph, feeds = built(write), data_of((2, 4, 9))
    ready = prepared(graph)
    for after, before in zip(floats(ready, feeds), floats(graph, feeds), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5)
    model = lowered(ready, thresholds_of(ready, feeds))
    check_exact(model.graph, integers(model, feeds))


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-6, 1e6, 1e25])
def test_weights_of_any_size_stay_exact(size):
    graph, feeds = convolved((2, 4, 6, 6), (3, 4, 3, 3), kernel=(3, 3), num_filter=3, no_bias=True), data_of((2, 4, 6, 6))
    graph.params["p0"] = (graph.params["p0"] * size).astype(np.float32)
    model = lowered(graph, thresholds_of(graph, feeds))
    out = check_exact(model.graph, integers(model, feeds))[0]
    expected = floats(graph, feeds)[0]
    assert abs(out / model.outputs[0].scale - expected).max() <= 0.02 * abs(expected).max()


@pytest.mark.parametrize(
    ("shapes", "attributes"),
    [
        (((2, 4, 6, 6), (3, 4, 3, 3)), {}),  # no bias
        (((2, 4, 6), (3, 4, 3, 3), (3,)), {}),
        (((2,), (3, 4, 3, 3), (3,)), {}),
        (((2, 4, 6, 6), (3, 4, 3), (3,)), {}),
        (((2, 4, 6, 6), (3, 4, 3, 3), (4,)), {}),
        (((2, 4, 2, 6), (3, 4, 3, 3), (3,)), {}),
        (((2, 4, 6, 6), (3, 4, 3, 3), (3,)), {"num_group": 2}),
        (((2, 4, 6, 6), (3, 4, 3, 3), (3,)), {"layout": "NHWC"}),
        (((2, 4, 6, 6), (3, 4, 3, 3), (3,)), {"layout": "NCW"}),
    ],
)
def test_inputs_that_do_not_fit_are_refused(shapes, attributes):
    with pytest.raises(ShapeError):
        make("Convolution", kernel=(3, 3), num_filter=3, **attributes).infer(shapes)


def test_a_stride_for_another_number_of_axes_is_refused():
    with pytest.raises(UnsupportedError, match=r"stride=\(2,\) for a window of 2 axes"):
        make("Convolution", kernel=(3, 3), num_filter=3, stride=(2,))
