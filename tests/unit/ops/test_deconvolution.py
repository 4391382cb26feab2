"""Deconvolutions against their definition in numpy, also in forms that MXNet cannot run."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ops.base import make
from tests.nets import built, check_exact, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of


def padding(op, sizes):
    """`pad`, or half of what a target shape leaves over, rounded up."""
    if not any(op.target_shape):
        return op.pad
    full = [(size - 1) * s + d * (k - 1) + 1 for size, s, d, k in zip(sizes, op.stride, op.dilate, op.kernel, strict=True)]
    return [(size - target + 1) // 2 for size, target in zip(full, op.target_shape, strict=True)]


def spread(x, weight, bias, op, out):
    """Each input times the kernel, added where it lies; then the first `pad` cut off."""
    n, channels, high, wide = x.shape
    per_in, per_out = channels // op.num_group, op.num_filter // op.num_group
    full = np.zeros((n, op.num_filter, 400, 400))
    for group in range(op.num_group):
        for i, j, k, m in np.ndindex(high, wide, *op.kernel):
            part = slice(group * per_in, (group + 1) * per_in)
            added = x[:, part, i, j] @ weight[part, :, k, m]
            full[:, group * per_out : (group + 1) * per_out, i * op.stride[0] + k * op.dilate[0], j * op.stride[1] + m * op.dilate[1]] += added
    top, left = padding(op, x.shape[2:])
    cut = full[:, :, top : top + out[2], left : left + out[3]]
    return cut + (0 if bias is None else bias.reshape(1, -1, 1, 1))


def deconvolved(shape, **attributes):
    op = make("Deconvolution", **attributes)

    def write(b, param):
        refs = [b.input("data", shape), param("w", shape[1], op.num_filter // op.num_group, *op.kernel)]
        return b.apply(op, (*refs, *([] if op.no_bias else [param("b", op.num_filter)])), name="up")

    return built(write)


def data_of(shape):
    return {"data": rng_of(0).standard_normal(shape).astype(np.float32)}


def check(graph, shape):
    feeds, op = data_of(shape), graph.nodes[-1].op
    expected = spread(feeds["data"].astype(np.float64), graph.params["w"], graph.params.get("b"), op, graph.nodes[-1].shapes[0])
    ready = prepared(graph)
    found = floats(ready, feeds)[0]
    assert found.shape == graph.nodes[-1].shapes[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    return ready, feeds, expected


@st.composite
def forms(draw):
    pair = lambda low, high: draw(st.tuples(*(st.integers(low, high),) * 2))  # noqa: E731
    stride, groups = pair(1, 4), draw(st.integers(1, 2))
    return pair(1, 4), {
        "kernel": pair(1, 5),
        "stride": stride,
        "dilate": pair(1, 3),
        "pad": pair(0, 5),
        "adj": tuple(draw(st.integers(0, s - 1)) for s in stride),
        "num_filter": 2 * groups,
        "num_group": groups,
        "no_bias": draw(st.booleans()),
    }


@settings(max_examples=60, deadline=None, derandomize=True)
@given(forms())
def test_any_form_is_its_definition(case):
    size, attributes = case
    shape = (2, 4, *size)
    try:
        graph = deconvolved(shape, **attributes)
    except ShapeError:
        assume(False)
    check(graph, shape)


@pytest.mark.parametrize("target", [(9, 10), (8, 11), (7, 9)])
def test_the_target_shape_decides_the_padding(target):
    graph = deconvolved((2, 3, 4, 5), kernel=(3, 3), stride=(2, 2), num_filter=2, target_shape=target, pad=(7, 7))
    assert graph.nodes[-1].shapes[0] == (2, 2, *target)
    check(graph, (2, 3, 4, 5))


def test_the_large_bilinear_kernels_of_segmentation_models_stay_exact():
    shape, scale = (1, 3, 3, 2), 16
    graph = deconvolved(shape, kernel=(32, 32), stride=(16, 16), pad=(8, 8), num_filter=3, num_group=3)
    ramp = 1 - abs((np.arange(2 * scale) - scale + 0.5) / scale)
    graph.params["w"] = np.broadcast_to(np.outer(ramp, ramp), (3, 1, 32, 32)).astype(np.float32)
    ready, feeds, expected = check(graph, shape)
    assert ready["up_Convolution"].op.kernel == (2, 2)
    model = lowered(ready, thresholds_of(ready, feeds))
    out = check_exact(model.graph, integers(model, feeds))[0]
    assert abs(out / model.outputs[0].scale - expected).max() < 0.02 * abs(expected).max()
    check_exact(model.graph, extremes(model.graph, seed=1))


def test_a_computed_weight_is_refused():
    def write(b, param):
        x = b.input("data", (2, 2, 3, 3))
        return b.op("Deconvolution", x, b.op("relu", x), name="up", kernel=(3, 3), num_filter=2)

    with pytest.raises(UnsupportedError, match="computed weight or bias") as caught:
        prepared(built(write))
    assert caught.value.where == "Deconvolution 'up'"


def test_a_stride_far_larger_than_the_kernel_is_refused():
    with pytest.raises(UnsupportedError, match=r"The stride \(4096, 4096\) is too large"):
        prepared(deconvolved((1, 8, 1, 1), kernel=(1, 1), stride=(4096, 4096), num_filter=8))


def test_volumes_are_refused():
    with pytest.raises(UnsupportedError, match="over volumes"):
        prepared(deconvolved((1, 2, 3, 3, 3), kernel=(2, 2, 2), num_filter=2))


@pytest.mark.parametrize(
    ("shapes", "attributes"),
    [
        (((2, 3, 4, 4), (3, 2, 3, 3)), {"adj": (1, 0)}),
        (((2, 3, 4, 4), (3, 2, 3, 3)), {"pad": (3, 3)}),
        (((2, 3, 4, 4), (3, 2, 3, 3)), {"target_shape": (9, 6)}),
        (((2, 3, 4, 4), (3, 2, 3, 3)), {"target_shape": (0, 6)}),
        (((2, 3, 4, 4), (2, 3, 3, 3)), {}),
        (((2, 3, 4), (3, 2, 3, 3)), {}),
        (((2,), (3, 2, 3, 3)), {}),
        (((2, 3, 4, 4), (3, 2, 3, 3), (2,)), {}),
        (((2, 3, 4, 4), (3, 2, 3, 3), (3,)), {"no_bias": False}),
        (((2, 3, 4, 4), (3, 2, 3, 3)), {"num_group": 2}),
    ],
)
def test_inputs_that_do_not_fit_are_refused(shapes, attributes):
    with pytest.raises(ShapeError):
        make("Deconvolution", kernel=(3, 3), num_filter=2, **attributes).infer(shapes)
