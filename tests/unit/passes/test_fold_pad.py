"""Folding padding into convolutions keeps every bit of every window."""

import itertools

import numpy as np
import pytest

from mrt_studio.ir.graph import Ref
from tests.nets import built, floats, prepared, rng_of


def padded(width, *, kernel=(3, 3), stride=(1, 1), own=(0, 0), groups=1, dilate=(1, 1), value=0.0, bias=True, shape=(2, 4, 7, 8), readers=1):
    def write(b, param):
        x = b.op("Pad", b.input("data", shape), name="pad", mode="constant", pad_width=(0, 0, 0, 0, *width), constant_value=value)
        weight, extra = param("w", 4, 4 // groups, *kernel), [param("b", 4)] if bias else []
        more = {"kernel": kernel, "num_filter": 4, "stride": stride, "pad": own, "num_group": groups, "dilate": dilate, "no_bias": not bias}
        return [b.op("Convolution", x, weight, *extra, name=f"conv{i}", **more) for i in range(readers)]

    return built(write)


def integers(graph):
    """Small integers everywhere, so that float32 sums are exact in any order."""
    rng = rng_of(3)
    params = {name: rng.integers(-9, 9, a.shape).astype(np.float32) for name, a in graph.params.items()}
    return type(graph)(graph.nodes, graph.outputs, params), {"data": rng.integers(-9, 9, graph.nodes[0].shapes[0]).astype(np.float32)}


def check_same(graph):
    graph, feeds = integers(graph)
    ready = prepared(graph)
    assert "Pad" not in {n.op.name for n in ready.operators}
    assert all(np.array_equal(a, b) for a, b in zip(floats(ready, feeds), floats(graph, feeds), strict=True))
    return ready


WIDTHS = [(0, 1, 0, 1), (1, 0, 1, 0), (2, 1, 0, 3), (1, 1, 0, 2), (0, 0, 2, 2), (3, 3, 1, 1)]


@pytest.mark.parametrize(("width", "stride", "kernel", "groups"), list(itertools.product(WIDTHS, (1, 2, 3), (3, 5), (1, 2, 4))))
def test_any_padding_folds_exactly(width, stride, kernel, groups):
    ready = check_same(padded(width, stride=(stride, stride), kernel=(kernel, kernel), groups=groups))
    conv = ready["conv0"]
    symmetric = width[0] == width[1] and width[2] == width[3]
    assert (conv.op.kernel == (kernel, kernel)) == symmetric
    assert set(conv.origin) == {"pad", "conv0"}


@pytest.mark.parametrize("own", [(1, 0), (2, 2)])
def test_the_convolutions_own_padding_adds_up(own):
    check_same(padded((0, 1, 2, 0), own=own, kernel=(3, 2), stride=(2, 1), bias=False))


def test_equal_padding_folds_into_a_dilated_convolution():
    check_same(padded((2, 2, 1, 1), dilate=(2, 1)))


def test_no_padding_at_all_disappears():
    assert check_same(padded((0, 0, 0, 0)))["conv0"].op.pad == (0, 0)


def test_a_shared_weight_is_left_to_the_other_convolution():
    def write(b, param):
        x, w = b.input("data", (1, 4, 7, 7)), param("w", 4, 4, 3, 3)
        more = {"kernel": (3, 3), "num_filter": 4, "no_bias": True}
        pads = [b.op("Pad", x, name=f"pad{i}", mode="constant", pad_width=(0, 0, 0, 0, i, 1, 0, 1)) for i in range(2)]
        return [b.op("Convolution", y, w, name=f"conv{i}", **more) for i, y in enumerate((*pads, x))]

    ready = check_same(built(write))
    assert ready.params["w"].shape == (4, 4, 3, 3)
    assert ready["conv2"].inputs[1] == Ref("w")


LEFT = {
    "two_readers": {"readers": 2},
    "a_constant": {"value": 1.5},
    "uneven_and_dilated": {"dilate": (2, 2)},
}


def check_left(graph):
    graph, feeds = integers(graph)
    ready = prepared(graph)
    assert "Pad" in {n.op.name for n in ready.operators}
    assert all(np.array_equal(a, b) for a, b in zip(floats(ready, feeds), floats(graph, feeds), strict=True))


@pytest.mark.parametrize("case", LEFT)
def test_what_cannot_be_folded_stays_an_operator(case):
    check_left(padded((0, 1, 0, 1), **LEFT[case]))


@pytest.mark.parametrize("mode", ["edge", "reflect"])
def test_other_modes_stay(mode):
    def write(b, param):
        x = b.op("Pad", b.input("data", (1, 4, 7, 7)), name="pad", mode=mode, pad_width=(0, 0, 0, 0, 1, 1, 1, 1))
        return b.op("Convolution", x, param("w", 4, 4, 3, 3), name="conv", kernel=(3, 3), num_filter=4, no_bias=True)

    check_left(built(write))


def test_padding_that_is_an_output_or_read_by_something_else_stays():
    def output(b, param):
        x = b.op("Pad", b.input("data", (1, 4, 7, 7)), name="pad", mode="constant", pad_width=(0, 0, 0, 0, 1, 1, 1, 1))
        return [x, b.op("Convolution", x, param("w", 4, 4, 3, 3), kernel=(3, 3), num_filter=4, no_bias=True)]

    def other(b, param):
        return b.op("relu", b.op("Pad", b.input("data", (1, 4, 7, 7)), name="pad", mode="constant", pad_width=(0, 0, 0, 0, 1, 1, 1, 1)))

    for write in (output, other):
        check_left(built(write))


def test_padding_then_batch_normalisation_fold_into_one_convolution():
    def write(b, param):
        x = b.op("Pad", b.input("data", (1, 4, 7, 7)), name="pad", mode="constant", pad_width=(0, 0, 0, 0, 0, 1, 0, 1))
        y = b.op("Convolution", x, param("w", 4, 1, 3, 3), name="conv", kernel=(3, 3), num_filter=4, num_group=4, stride=(2, 2), no_bias=True)
        return b.op("BatchNorm", y, param("g", 4), param("b", 4), param("m", 4), param("v", 4, value=2), name="bn", fix_gamma=False)

    graph = built(write)
    feeds = {"data": rng_of(0).standard_normal((1, 4, 7, 7)).astype(np.float32)}
    ready = prepared(graph)
    assert [n.name for n in ready.operators] == ["conv"]
    assert ready["conv"].origin == ("pad", "conv", "bn")
    np.testing.assert_allclose(floats(ready, feeds)[0], floats(graph, feeds)[0], rtol=1e-5, atol=1e-5)
