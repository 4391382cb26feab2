"""Equalization: the function stays, channels even out, and what the pass must leave alone."""

import numpy as np
import pytest

from mrt_studio.ir.graph import Graph
from mrt_studio.passes.base import passes
from tests.nets import built, floats, rng_of


def equalized(graph: Graph, *, clips: bool = False) -> Graph:
    return passes["equalize"](clips=clips).run(graph)


def ranges(array, axis):
    return abs(array).max(axis=tuple(i for i in range(array.ndim) if i != axis))


def layers(between=(), groups=1, kernel=(3, 3)):
    """A chain of three convolutions, the second one perhaps depthwise, with these operators behind the first two."""

    def write(b, param):
        x = b.input("data", (2, 3, 8, 8))
        for i, (inputs, filters, n) in enumerate([(3, 6, 1), (6, 6, groups), (6, 4, 1)]):
            spread = np.exp(rng_of(i).standard_normal((filters, 1, 1, 1)))
            w = param(f"w{i}", filters, inputs // n, *kernel, value=rng_of(10 + i).standard_normal((filters, inputs // n, *kernel)) * spread)
            x = b.op("Convolution", x, w, param(f"b{i}", filters), name=f"conv{i}", kernel=kernel, num_filter=filters, num_group=n, pad=(1, 1))
            for j, (op, attributes) in enumerate(between if i < 2 else ()):
                x = b.op(op, x, name=f"{op}{i}{j}", **attributes)
        return x

    return built(write)


FEEDS = {"data": rng_of(5).standard_normal((2, 3, 8, 8)).astype(np.float32)}
HOMOGENEOUS = {
    "nothing": (),
    "relu": (("relu", {}),),
    "relu_and_maximum": (("relu", {}), ("Pooling", {"kernel": (2, 2), "pool_type": "max"})),
}


@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize("between", HOMOGENEOUS.values(), ids=list(HOMOGENEOUS))
def test_the_function_stays_and_the_channels_even_out(between, groups):
    before = layers(between, groups)
    after = equalized(before)
    expected = floats(before, FEEDS)[0]
    np.testing.assert_allclose(floats(after, FEEDS)[0], expected, rtol=1e-4, atol=1e-5 * abs(expected).max())
    assert [n.name for n in after.nodes] == [n.name for n in before.nodes]
    np.testing.assert_allclose(ranges(after.params["w1"], 0), ranges(after.params["w2"], 1), rtol=0.01)
    first = ranges(after.params["w0"], 0)
    per_group = abs(after.params["w1"].reshape(groups, 6 // groups, 6 // groups, -1)).max(axis=(1, 3)).reshape(-1)
    np.testing.assert_allclose(first, per_group, rtol=0.01)


@pytest.mark.parametrize("groups", [1, 6])
@pytest.mark.parametrize("above", [(), (("Pooling", {"kernel": (2, 2), "pool_type": "max"}),)], ids=["alone", "pooled"])
def test_a_clip_gets_a_bound_for_each_channel(above, groups):
    before = layers((("clip", {"a_min": 0.0, "a_max": 1.5}), *above), groups)
    after = equalized(before, clips=True)
    expected = floats(before, FEEDS)[0]
    np.testing.assert_allclose(floats(after, FEEDS)[0], expected, rtol=1e-4, atol=1e-5 * abs(expected).max())
    np.testing.assert_allclose(ranges(after.params["w1"], 0), ranges(after.params["w2"], 1), rtol=0.01)
    clips = [after[name] for name in ("clip00", "clip10")]
    assert [n.op.name for n in clips] == ["broadcast_minimum"] * 2
    for i, node in enumerate(clips):
        factors = ranges(before.params[f"w{i}"], 0) / ranges(after.params[f"w{i}"], 0)
        if i == 0:  # the second layer is scaled on both sides
            np.testing.assert_allclose(after.params[node.inputs[1].name].reshape(-1), 1.5 / factors, rtol=1e-4)
        assert after[node.inputs[0].name].origin == (node.name,)


def test_a_dense_layers_clip_gets_bounds_too():
    def write(b, param):
        x = b.op("FullyConnected", b.input("data", (2, 5)), param("w0", 7, 5), param("b0", 7), name="fc0", num_hidden=7)
        return b.op("FullyConnected", b.op("clip", x, a_min=0.0, a_max=1.0), param("w1", 3, 7), name="fc1", num_hidden=3, no_bias=True)

    before = built(write)
    after, feeds = equalized(before, clips=True), {"data": rng_of(1).standard_normal((2, 5)).astype(np.float32)}
    np.testing.assert_allclose(floats(after, feeds)[0], floats(before, feeds)[0], rtol=1e-4)
    np.testing.assert_allclose(ranges(after.params["w0"], 0), ranges(after.params["w1"], 1), rtol=0.01)


@pytest.mark.parametrize("low", [-1.0, 0.5])
def test_a_clip_from_elsewhere_than_zero_is_left_alone(low):
    before = layers((("clip", {"a_min": low, "a_max": 1.5}),))
    after = equalized(before, clips=True)
    assert all(np.array_equal(after.params[name], array) for name, array in before.params.items())
    assert [n.op.name for n in after.operators] == [n.op.name for n in before.operators]


@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_an_imbalance_that_keeps_the_function_is_undone(sigma):
    """Channels times random factors, the next layer divided by them: the same weights come out."""
    plain, factors = layers(HOMOGENEOUS["relu"], 6), np.exp(sigma * rng_of(3).standard_normal((2, 6)))
    spoilt = {name: array.copy() for name, array in plain.params.items()}
    for i in range(2):
        spoilt[f"w{i}"] *= factors[i].reshape(-1, 1, 1, 1)
        spoilt[f"b{i}"] *= factors[i]
        spoilt[f"w{i + 1}"] /= factors[i].reshape((-1, 1, 1, 1) if i == 0 else (1, -1, 1, 1))
    found, expected = equalized(Graph(plain.nodes, plain.outputs, spoilt)), equalized(plain)
    for name, array in expected.params.items():
        np.testing.assert_allclose(found.params[name], array, rtol=0.01)


def test_dense_layers_even_out_too():
    def write(b, param):
        x = b.op("FullyConnected", b.input("data", (2, 5)), param("w0", 7, 5), param("b0", 7), name="fc0", num_hidden=7)
        return b.op("FullyConnected", b.op("relu", x), param("w1", 3, 7), name="fc1", num_hidden=3, no_bias=True)

    before = built(write)
    after, feeds = equalized(before), {"data": rng_of(1).standard_normal((2, 5)).astype(np.float32)}
    np.testing.assert_allclose(floats(after, feeds)[0], floats(before, feeds)[0], rtol=1e-4)
    np.testing.assert_allclose(ranges(after.params["w0"], 0), ranges(after.params["w1"], 1), rtol=0.01)


def conv(b, param, x, name, filters=3, **more):
    return b.op("Convolution", x, param(name, filters, 3, 1, 1), name=f"conv_{name}", kernel=(1, 1), num_filter=filters, no_bias=True, **more)


def shared_weight(b, param):
    x, w = b.input("data", (2, 3, 8, 8)), param("w", 3, 3, 1, 1)
    first = b.op("Convolution", x, w, name="one", kernel=(1, 1), num_filter=3, no_bias=True)
    return b.op("Convolution", first, w, name="two", kernel=(1, 1), num_filter=3, no_bias=True)


def residual(b, param):
    x = b.op("relu", conv(b, param, b.input("data", (2, 3, 8, 8)), "w0"))
    return b.op("elemwise_add", conv(b, param, x, "w1"), x)


def relu6(b, param):
    x = b.op("clip", conv(b, param, b.input("data", (2, 3, 8, 8)), "w0"), a_min=0.0, a_max=6.0)
    return conv(b, param, x, "w1")


def read_outside(b, param):
    x = conv(b, param, b.input("data", (2, 3, 8, 8)), "w0")
    return [x, conv(b, param, x, "w1")]


@pytest.mark.parametrize("write", [shared_weight, residual, relu6, read_outside])
def test_left_alone(write):
    before = built(write)
    after = equalized(before)
    assert after.params.keys() == before.params.keys()
    assert all(np.array_equal(after.params[name], array) for name, array in before.params.items())


def test_channels_of_zeros_stay():
    before = layers(HOMOGENEOUS["relu"])
    before.params["w0"].setflags(write=True)
    before.params["w0"][2] = 0
    after = equalized(before)
    assert not after.params["w0"][2].any()
    np.testing.assert_allclose(after.params["b0"][2], before.params["b0"][2])
    np.testing.assert_allclose(floats(after, FEEDS)[0], floats(before, FEEDS)[0], rtol=1e-4, atol=1e-3)
