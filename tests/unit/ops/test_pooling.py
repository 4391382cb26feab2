"""Pooling: every form that MXNet runs keeps its function, and what the machine has not is refused."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import make, parse
from tests.nets import built, check_exact, floats, integers, lowered, prepared, rng_of, thresholds_of


def pooled(shape=(2, 3, 7, 8), **attributes):
    return built(lambda b, param: b.op("Pooling", b.input("data", shape), name="pool", **attributes))


def data_of(shape):
    return {"data": rng_of(0).standard_normal(shape).astype(np.float32)}


KEPT = [
    {"pool_type": "avg", "kernel": (3, 2), "stride": (2, 3), "pad": (1, 1)},
    {"pool_type": "avg", "kernel": (2, 2), "stride": ()},
    {"pool_type": "avg", "kernel": (3, 4), "stride": (2, 2), "pooling_convention": "full"},
    {"pool_type": "avg", "kernel": (2, 2), "count_include_pad": False},
    {"pool_type": "avg", "global_pool": True, "kernel": (2, 2), "pad": (1, 1)},
    {"pool_type": "max", "global_pool": True, "kernel": (2, 2), "stride": (2, 2), "pad": (1, 1)},
    {"pool_type": "max", "kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)},
]


@pytest.mark.parametrize("attributes", KEPT, ids=range(len(KEPT)))
def test_it_keeps_its_function(attributes):
    graph, feeds = pooled(**attributes), data_of((2, 3, 7, 8))
    before, after = floats(graph, feeds)[0], floats(prepared(graph), feeds)[0]
    assert before.shape == after.shape
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)


@st.composite
def windows(draw):
    kernel = draw(st.tuples(*(st.integers(1, 4),) * 2))
    pad = tuple(draw(st.integers(0, k - 1)) for k in kernel)
    size = tuple(draw(st.integers(max(1, k - 2 * p), 9)) for k, p in zip(kernel, pad, strict=True))
    return size, {
        "kernel": kernel,
        "pad": pad,
        "stride": draw(st.tuples(*(st.integers(1, 5),) * 2)),
        "pool_type": draw(st.sampled_from(["avg", "sum", "max"])),
        "pooling_convention": draw(st.sampled_from(["valid", "full"])),
        "count_include_pad": draw(st.booleans()),
    }


@settings(max_examples=60, deadline=None, derandomize=True)
@given(windows())
def test_any_window_is_as_in_mxnet_or_refused(case):
    size, attributes = case
    graph, feeds = pooled((1, 2, *size), **attributes), data_of((1, 2, *size))
    try:
        ready = prepared(graph)
    except UnsupportedError:
        assert attributes["pool_type"] == "max"
        assert attributes["pooling_convention"] == "full"
        return
    expected = floats(graph, feeds)[0]
    assume(np.isfinite(expected).all())  # MXNet divides by the count of a window that holds nothing
    np.testing.assert_allclose(floats(ready, feeds)[0], expected, rtol=1e-5, atol=1e-5)
    model = lowered(ready, thresholds_of(ready, feeds))
    check_exact(model.graph, integers(model, feeds))


def same_windows(x, kernel, stride):
    """The windows of pooling_convention='same', which MXNet 1.9.1 infers but cannot run."""
    return [x[..., i * stride : i * stride + kernel] for i in range(math.ceil(x.shape[-1] / stride))]


@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (2, 2), (3, 3), (4, 1)])
def test_same_gives_one_window_for_each_stride(kernel, stride):
    feeds = data_of((2, 3, 7))
    graph = prepared(pooled((2, 3, 7), pool_type="sum", kernel=(kernel,), stride=(stride,), pooling_convention="same"))
    expected = np.stack([w.sum(axis=-1) for w in same_windows(feeds["data"], kernel, stride)], axis=-1)
    np.testing.assert_allclose(floats(graph, feeds)[0], expected, rtol=1e-5, atol=1e-5)


def test_same_takes_the_maximum_where_the_machine_has_these_windows():
    feeds = data_of((2, 3, 7))
    graph = prepared(pooled((2, 3, 7), kernel=(2,), stride=(2,), pooling_convention="same"))
    expected = np.stack([w.max(axis=-1) for w in same_windows(feeds["data"], 2, 2)], axis=-1)
    np.testing.assert_array_equal(floats(graph, feeds)[0], expected)
    with pytest.raises(UnsupportedError, match="pooling_convention='same' has a window over an axis of 7"):
        prepared(pooled((2, 3, 7), kernel=(3,), stride=(2,), pooling_convention="same"))


def test_a_maximum_of_a_window_outside_is_refused():
    with pytest.raises(UnsupportedError, match="has a window over an axis of 6") as caught:
        prepared(pooled((1, 2, 6, 6), kernel=(2, 2), stride=(3, 3), pooling_convention="full"))
    assert caught.value.where == "Pooling 'pool'"
    assert "Split" in caught.value.remedy


def test_an_average_over_too_large_a_window_is_refused():
    with pytest.raises(UnsupportedError, match=r"The window \(256, 256\) is too large") as caught:
        prepared(pooled((1, 1, 256, 256), pool_type="avg", kernel=(256, 256)))
    assert "global_pool" in caught.value.remedy


def test_volumes_are_refused():
    with pytest.raises(UnsupportedError, match="over volumes"):
        prepared(pooled((1, 2, 4, 4, 4), kernel=(2, 2, 2)))


@pytest.mark.parametrize(
    ("shape", "attributes"),
    [
        ((2, 3), {"kernel": (2, 2)}),
        ((2, 3), {"global_pool": True}),
        ((2, 3, 4, 4), {}),
        ((2, 3, 4, 4), {"kernel": (5, 5)}),
        ((2, 3, 4, 4), {"kernel": (2, 2), "pad": (2, 0)}),
        ((2, 3, 4, 4), {"kernel": (2, 2), "layout": "NWC"}),
        ((2, 3, 4, 4), {"kernel": (2, 2), "pooling_convention": "same"}),
        ((2, 3, 4), {"kernel": (2,), "pad": (1,), "pooling_convention": "same"}),
    ],
)
def test_inputs_that_do_not_fit_are_refused(shape, attributes):
    with pytest.raises(ShapeError):
        make("Pooling", **attributes).infer((shape,))


def test_what_files_write_is_read():
    op = parse("Pooling", {"kernel": "(2, 2)", "count_include_pad": "None", "p_value": "None", "layout": "None"}, 1)
    assert op.count_include_pad
    assert (op.stride, op.pad) == ((1, 1), (0, 0))
    lp = parse("Pooling", {"kernel": "(2, 2)", "pool_type": "lp", "p_value": "2"}, 1)
    assert isinstance(lp, Unknown)
    assert "supported values are max, avg, sum" in lp.why.lower()
    uneven = parse("Pooling", {"kernel": "(2, 2)", "stride": "(2,)"}, 1)
    assert isinstance(uneven, Unknown)
