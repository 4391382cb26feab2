"""UpSampling, BilinearResize2D and AdaptiveAvgPooling2D: what files write, exact forms, refusals."""

import numpy as np
import pytest

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import make, parse
from tests.nets import built, check_exact, floats, integers, lowered, prepared, rng_of, thresholds_of

RESIZE, ADAPT = "_contrib_BilinearResize2D", "_contrib_AdaptiveAvgPooling2D"


def single(name, shape, **attributes):
    return built(lambda b, param: b.op(name, b.input("data", shape), name="node", **attributes))


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("size", [(4, 5), (1, 1), (8, 15), (3, 1), (2, 11)], ids=str)
def test_a_resize_is_as_in_mxnet(size, aligned):
    graph = single(RESIZE, (2, 3, 4, 5), height=size[0], width=size[1], align_corners=aligned)
    feeds = {"data": rng_of(0).standard_normal((2, 3, 4, 5)).astype(np.float32)}
    np.testing.assert_allclose(floats(prepared(graph), feeds)[0], floats(graph, feeds)[0], rtol=1e-5, atol=1e-5)


def test_a_resize_to_the_same_size_is_exact():
    graph = prepared(single(RESIZE, (1, 2, 4, 5), height=4, width=5))
    feeds = {"data": rng_of(0).integers(-127, 128, (1, 2, 4, 5)).astype(np.float32)}
    feeds["data"][0, 0, 0, 0] = 127
    model = lowered(graph, thresholds_of(graph, feeds))
    out = check_exact(model.graph, integers(model, feeds))[0]
    np.testing.assert_allclose(out / model.outputs[0].scale, feeds["data"], atol=1e-5)


def test_what_files_write_for_a_resize_is_read():
    texts = {"height": "6", "width": "7", "scale_height": "None", "scale_width": "None", "mode": "size", "align_corners": "True"}
    op = parse(RESIZE, texts, 1)
    assert op.infer(((1, 2, 3, 4),)) == ((1, 2, 6, 7),)
    assert "scale_height" not in op.attributes()
    assert parse(RESIZE, {"scale_height": "2.5", "scale_width": "0.5"}, 1).infer(((1, 2, 3, 4),)) == ((1, 2, 7, 2),)
    for mode in ("like", "odd_scale", "to_even_up"):
        refused = parse(RESIZE, {"mode": mode}, 2)
        assert isinstance(refused, Unknown)
        assert "mode" in refused.why


@pytest.mark.parametrize(
    ("name", "shape", "attributes"),
    [
        (RESIZE, (2, 3, 4), {"height": 2, "width": 2}),
        (RESIZE, (2, 3, 4, 4), {"scale_height": 2.0}),
        (RESIZE, (2, 3, 4, 4), {"scale_height": 0.1, "scale_width": 1.0}),
        (ADAPT, (2, 3, 4), {"output_size": (2,)}),
    ],
)
def test_inputs_that_do_not_fit_are_refused(name, shape, attributes):
    with pytest.raises(ShapeError):
        make(name, **attributes).infer((shape,))


def test_a_matrix_that_is_too_large_is_refused():
    for name, attributes in ((RESIZE, {"height": 1 << 20, "width": 3}), (ADAPT, {"output_size": (1 << 20, 3)})):
        with pytest.raises(UnsupportedError, match="An axis of 100 elements cannot be resized to 1048576"):
            prepared(single(name, (1, 1, 100, 2), **attributes))


def test_sizes_that_divide_take_one_convolution():
    ready = prepared(single(ADAPT, (2, 3, 6, 8), output_size=(3, 2)))
    assert [n.op.name for n in ready.operators] == ["Convolution"]


@pytest.mark.parametrize(
    ("shapes", "attributes"),
    [
        (((2, 3, 4, 4), (2, 3, 3, 3)), {"num_args": 2}),
        (((2, 3, 4, 4), (2, 3, 2, 4)), {"num_args": 2}),
        (((2, 3, 4, 4), (1, 3, 2, 2)), {"num_args": 2}),
        (((2, 3, 4, 4), (2, 2, 2, 2)), {"num_args": 2, "multi_input_mode": "sum"}),
        (((2, 3, 4, 4), (2, 3, 99, 99)), {"num_args": 2}),
        (((2, 3, 4, 4),), {"num_args": 2}),
        (((2, 3, 4),), {}),
        (((2, 3, 4, 4), (3, 1, 4, 4)), {"num_args": 2, "sample_type": "bilinear", "num_filter": 1}),
        (((2, 3, 4, 4), (3, 1, 3, 3)), {"num_args": 2, "sample_type": "bilinear", "num_filter": 3}),
        (((2, 3, 4, 4),), {"sample_type": "bilinear", "num_filter": 3}),
    ],
)
def test_upsampling_refuses_inputs_that_do_not_fit(shapes, attributes):
    with pytest.raises(ShapeError):
        make("UpSampling", **{"scale": 2, "sample_type": "nearest"} | attributes).infer(shapes)


def test_nearest_upsampling_only_repeats():
    graph = prepared(single("UpSampling", (2, 3, 4, 5), scale=3, sample_type="nearest"))
    feeds = {"data": rng_of(0).standard_normal((2, 3, 4, 5)).astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds))
    ints = integers(model, feeds)
    np.testing.assert_array_equal(check_exact(model.graph, ints)[0], ints["data"].repeat(3, 2).repeat(3, 3))


def test_a_computed_weight_for_bilinear_upsampling_is_refused():
    def write(b, param):
        weight = b.op("relu", b.input("kernel", (3, 1, 4, 4)))
        return b.op("UpSampling", b.input("data", (1, 3, 4, 4)), weight, name="up", scale=2, sample_type="bilinear", num_filter=3, num_args=2)

    with pytest.raises(UnsupportedError, match="computed weight"):
        prepared(built(write))
