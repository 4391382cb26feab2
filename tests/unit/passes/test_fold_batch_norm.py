"""Folding batch normalisation keeps the function, also where parameters are shared or degenerate."""

import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Ref
from mrt_studio.passes.base import passes
from tests.nets import built, floats, prepared, rng_of

STATS = ("gamma", "beta", "mean", "variance")


def norm(b, x, param, name, channels, values=None, **attributes):
    values = {"gamma": 1.7, "beta": -0.3, "mean": 0.4, "variance": 2.5} | (values or {})
    return b.op("BatchNorm", x, *(param(f"{name}_{s}", channels, value=values[s]) for s in STATS), name=name, **{"fix_gamma": False} | attributes)


def conv(b, x, weight, bias=None, **attributes):
    return b.op("Convolution", x, weight, *([] if bias is None else [bias]), kernel=(3, 3), no_bias=bias is None, **attributes)


def same(graph, *, folded=True, shape=(2, 4, 6, 6)):
    ready = prepared(graph)
    kinds = {n.op.name for n in ready.operators}
    assert "BatchNorm" not in kinds
    assert ("broadcast_mul" not in kinds) == folded
    feeds = {"data": rng_of(5).standard_normal(shape).astype(np.float32)}
    for a, b in zip(floats(ready, feeds), floats(graph, feeds), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)
    return ready


VALUES = {
    "usual": {},
    "zero_mean_and_beta": {"mean": 0, "beta": 0},
    "zero_variance": {"variance": 0},
    "negative_gamma": {"gamma": -2},
    "zero_gamma": {"gamma": 0},
    "tiny_variance": {"variance": 1e-12},
}


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("values", VALUES.values(), ids=list(VALUES))
def test_a_convolution_takes_it_over(values, bias, fixed):
    def write(b, param):
        y = conv(b, b.input("data", (2, 4, 6, 6)), param("w", 6, 2, 3, 3), param("b", 6) if bias else None, name="conv", num_filter=6, num_group=2)
        return norm(b, y, param, "bn", 6, values, fix_gamma=fixed, eps=1e-3)

    ready = same(built(write))
    assert ready.outputs == (Ref("conv"),)
    assert set(ready["conv"].origin) == {"conv", "bn"}


@pytest.mark.parametrize("values", VALUES.values(), ids=list(VALUES))
def test_alone_it_becomes_a_product_and_a_sum(values):
    same(built(lambda b, param: norm(b, b.input("data", (2, 4, 6, 6)), param, "bn", 4, values)), folded=False)


@pytest.mark.parametrize("bias", [True, False])
def test_a_dense_layer_takes_it_over(bias):
    def write(b, param):
        x = b.op("flatten", b.input("data", (2, 4, 6, 6)))
        y = b.op("FullyConnected", x, param("w", 5, 144), *([param("b", 5)] if bias else []), name="fc", num_hidden=5, no_bias=not bias)
        return norm(b, y, param, "bn", 5)

    same(built(write))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("groups", [1, 3])
def test_a_deconvolution_takes_it_over(groups, bias):
    def write(b, param):
        refs = [param("w", 6, 9 // groups, 4, 3), *([param("b", 9)] if bias else [])]
        attributes = {"kernel": (4, 3), "stride": (2, 2), "pad": (1, 0), "num_filter": 9, "num_group": groups, "no_bias": not bias}
        gamma = np.arange(1, 10) / 3
        return norm(b, b.op("Deconvolution", b.input("data", (2, 6, 3, 4)), *refs, name="up", **attributes), param, "bn", 9, {"gamma": gamma})

    same(built(write), shape=(2, 6, 3, 4))


@pytest.mark.parametrize("pad", [0, 1])
def test_in_front_of_a_convolution_it_becomes_a_product_and_a_sum(pad):
    def write(b, param):
        x = norm(b, b.input("data", (2, 4, 6, 6)), param, "bn1", 4, {"gamma": 3})
        return norm(b, conv(b, x, param("w", 6, 4, 3, 3), name="conv", num_filter=6, pad=(pad, pad)), param, "bn2", 6)

    assert [n.op.name for n in same(built(write), folded=False).operators] == ["broadcast_mul", "broadcast_add", "Convolution"]


def test_a_convolution_of_signals_takes_it_over():
    def write(b, param):
        refs = param("w", 6, 4, 3), param("b", 6)
        y = b.op("Convolution", b.input("data", (2, 4, 7)), *refs, name="conv", kernel=(3,), num_filter=6)
        return norm(b, y, param, "bn", 6)

    same(built(write), shape=(2, 4, 7))


def test_along_another_axis_than_that_of_the_filters_it_is_not_folded():
    def dense(b, param):
        y = b.op("FullyConnected", b.input("data", (2, 5, 4)), param("w", 5, 4), name="fc", num_hidden=5, no_bias=True, flatten=False)
        return norm(b, y, param, "bn", 5, {"gamma": np.arange(5)}, axis=1)

    same(built(dense), shape=(2, 5, 4), folded=False)

    def rows(b, param):
        y = conv(b, b.input("data", (2, 4, 8, 6)), param("w", 6, 4, 3, 3), name="conv", num_filter=6)
        return norm(b, y, param, "bn", 6, {"gamma": np.arange(6)}, axis=2)

    same(built(rows), shape=(2, 4, 8, 6), folded=False)


def test_along_the_last_axis_a_dense_layer_takes_it_over():
    def write(b, param):
        y = b.op("FullyConnected", b.input("data", (2, 5, 4)), param("w", 5, 4), name="fc", num_hidden=5, no_bias=True, flatten=False)
        return norm(b, y, param, "bn", 5, {"gamma": np.arange(5)}, axis=-1)

    same(built(write), shape=(2, 5, 4))


def test_along_the_batch_it_is_refused():
    with pytest.raises(UnsupportedError, match="along the batch"):
        prepared(built(lambda b, param: norm(b, b.input("data", (2, 4)), param, "bn", 2, axis=0)))


def test_a_weight_and_a_bias_that_two_convolutions_share_stay_right():
    def write(b, param):
        x, w, bias = b.input("data", (2, 4, 6, 6)), param("w", 3, 4, 3, 3), param("b", 3)
        one = norm(b, conv(b, x, w, bias, name="conv1", num_filter=3), param, "bn1", 3, {"gamma": 3})
        two = norm(b, conv(b, x, w, bias, name="conv2", num_filter=3), param, "bn2", 3, {"gamma": 0.2, "beta": 7})
        return [one, two, conv(b, x, w, bias, name="conv3", num_filter=3)]

    graph = built(write)
    ready = same(graph)
    assert ready.params["w"] is graph.params["w"]
    assert {"conv1_weight", "conv2_weight", "conv1_bias", "conv2_bias"} <= set(ready.params)


def test_a_bias_that_is_also_a_beta_stays_right():
    def write(b, param):
        x, shared = b.input("data", (2, 4, 6, 6)), param("shared", 3)
        y = conv(b, x, param("w", 3, 4, 3, 3), shared, name="conv", num_filter=3)
        return b.op("BatchNorm", y, param("g", 3), shared, param("m", 3), param("v", 3, value=2), name="bn", fix_gamma=False)

    same(built(write))


def test_a_chain_of_two_folds_the_first_and_keeps_the_second():
    def write(b, param):
        y = conv(b, b.input("data", (2, 4, 6, 6)), param("w", 3, 4, 3, 3), name="conv", num_filter=3)
        return norm(b, norm(b, y, param, "bn1", 3), param, "bn2", 3)

    same(built(write), folded=False)


def test_a_convolution_that_something_else_reads_is_left_alone():
    def write(b, param):
        y = conv(b, b.input("data", (2, 4, 6, 6)), param("w", 3, 4, 3, 3), name="conv", num_filter=3)
        return [norm(b, y, param, "bn", 3), b.op("relu", y)]

    same(built(write), folded=False)

    def output(b, param):
        y = conv(b, b.input("data", (2, 4, 6, 6)), param("w", 3, 4, 3, 3), name="conv", num_filter=3)
        return [norm(b, y, param, "bn", 3), y]

    same(built(output), folded=False)


def test_a_variance_that_is_not_positive_without_eps_is_refused():
    def write(b, param):
        return norm(b, b.input("data", (1, 4, 6, 6)), param, "bn", 4, {"variance": 0}, eps=0.0)

    with pytest.raises(UnsupportedError, match="variance \\+ eps that is not positive") as caught:
        prepared(built(write))
    assert caught.value.where == "BatchNorm 'bn'"


def test_computed_statistics_are_refused():
    def write(b, param):
        x = b.input("data", (2, 4, 6, 6))
        mean = b.op("sum", x, axis=(0, 2, 3))
        refs = [param("g", 4), param("b", 4), mean, param("v", 4, value=1)]
        return b.op("BatchNorm", conv(b, x, param("w", 4, 4, 3, 3), num_filter=4), *refs, name="bn")

    with pytest.raises(UnsupportedError, match="computed statistics"):
        prepared(built(write))


@pytest.mark.parametrize("behind", [True, False])
@pytest.mark.parametrize("read", ["output", "input"])
def test_the_hidden_outputs_are_refused_and_never_taken_for_the_first(read, behind):
    def write(b, param):
        x = b.input("data", (2, 4, 6, 6))
        y = conv(b, x, param("w", 4, 4, 3, 3), name="conv", num_filter=4) if behind else x
        bn = norm(b, y, param, "bn", 4)
        return [bn, Ref("bn", 1) if read == "output" else b.op("relu", Ref("bn", 1))]

    with pytest.raises(UnsupportedError, match="Output 1 of BatchNorm is used"):
        prepared(built(write))
    for name in ("fold_pad", "fold_batch_norm"):
        kept = passes[name]().run(built(write))
        assert Ref("bn", 1) in (*kept.outputs, *(r for n in kept.operators for r in n.inputs))
