"""High-bias absorption: exact above three deviations, what it changes below, and what it leaves alone."""

import numpy as np
import pytest

from mrt_studio.ir.graph import Ref
from mrt_studio.passes.base import passes
from tests.nets import built, floats, prepared, rng_of

BETA, GAMMA = np.array([5.0, 0.2, 2.0, -1.0]), np.array([-1.0, 1.0, 0.5, 0.1])
TAKEN = np.array([2.0, 0.0, 0.5, 0.0])


def absorbed(graph):
    return passes["absorb_bias"]().run(graph)


def norm(b, param, x, axis=1, fix_gamma=False):
    stats = {"gamma": GAMMA, "beta": BETA, "mean": 0.0, "variance": 1.0}
    refs = [param(name, 4, value=value) for name, value in stats.items()]
    return b.op("BatchNorm", x, *refs, name="bn", fix_gamma=fix_gamma, eps=0.0, axis=axis)


def pointwise(b, param, x, bias=True, **more):
    attributes = {"kernel": (1, 1), "num_filter": 6, **more}
    groups, kernel = attributes.get("num_group", 1), attributes["kernel"]
    refs = [param("w", 6, 4 // groups, *kernel), *([param("b", 6)] if bias else [])]
    return b.op("Convolution", x, *refs, name="layer", no_bias=not bias, **attributes)


def image(write, relu=("relu", {}), **more):
    def net(b, param):
        op, attributes = relu
        return write(b, param, b.op(op, norm(b, param, b.input("data", (2, 4, 5, 5)), **more), name="act", **attributes))

    return built(net)


def dense():
    def net(b, param):
        x = b.op("relu", norm(b, param, b.input("data", (50, 4))), name="act")
        return b.op("FullyConnected", x, param("w", 6, 4), name="layer", num_hidden=6, no_bias=True)

    return built(net)


GRAPHS = {
    "pointwise": lambda: image(pointwise),
    "no_bias": lambda: image(lambda b, p, x: pointwise(b, p, x, bias=False)),
    "window_and_groups": lambda: image(lambda b, p, x: pointwise(b, p, x, num_group=2, kernel=(3, 2), stride=(2, 2))),
    "activation": lambda: image(pointwise, relu=("Activation", {"act_type": "relu"})),
    "last_axis_by_its_negative_number": lambda: image(pointwise, axis=-3),
    "dense": dense,
}


def uniform(graph, reach):
    return {"data": rng_of(3).uniform(-reach, reach, graph.inputs[0].shapes[0]).astype(np.float32)}


@pytest.mark.parametrize("made", GRAPHS.values(), ids=list(GRAPHS))
def test_within_three_deviations_the_function_stays(made):
    before = made()
    after, feeds = absorbed(before), uniform(before, 2.99)
    np.testing.assert_allclose(after.params["beta"], BETA - TAKEN, rtol=1e-6)
    for graph in (after, prepared(after)):
        np.testing.assert_allclose(floats(graph, feeds)[0], floats(before, feeds)[0], rtol=1e-5, atol=1e-5)
    assert [n.name for n in after.operators] == [n.name for n in before.operators]


def test_further_below_the_result_changes_by_what_is_cut():
    before = dense()
    feeds = uniform(before, 2.99)
    feeds["data"][:2] = [3.5, 0, 0, 0]  # its gamma is -1: y = 1.5 is 0.5 below c = 2
    found = floats(absorbed(before), feeds)[0] - floats(before, feeds)[0]
    np.testing.assert_allclose(found[:2], np.tile(0.5 * before.params["w"][:, 0], (2, 1)), rtol=1e-4)
    np.testing.assert_allclose(found[2:], 0, atol=1e-5)


def test_a_fixed_gamma_counts_as_one():
    after = absorbed(image(pointwise, fix_gamma=True))
    np.testing.assert_allclose(after.params["beta"], BETA - np.array([2.0, 0, 0, 0]), rtol=1e-6)


def test_parameters_that_others_read_stay_for_those():
    def net(b, param):
        x = b.op("relu", norm(b, param, b.input("data", (2, 4, 5, 5))), name="act")
        y = pointwise(b, param, x, num_filter=6)
        other = b.op("broadcast_add", b.op("reshape", b.op("mean", y, axis=(0, 2, 3)), shape=(6,)), b.op("elemwise_add", *[Ref("b")] * 2))
        return [y, other]

    before = built(net)
    after, feeds = absorbed(before), uniform(before, 2.9)
    for a, b in zip(floats(after, feeds), floats(before, feeds), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(after.params["b"], before.params["b"])


def two_readers(b, param, x):
    return b.op("broadcast_add", pointwise(b, param, x), b.op("mean", x))


LEFT = {
    "padding": lambda: image(lambda b, p, x: pointwise(b, p, x, pad=(1, 1))),
    "relu6": lambda: image(pointwise, relu=("clip", {"a_min": 0.0, "a_max": 6.0})),
    "no_function": lambda: image(pointwise, relu=("identity", {})),
    "sigmoid": lambda: image(pointwise, relu=("Activation", {"act_type": "sigmoid"})),
    "several_readers": lambda: image(two_readers),
    "another_axis": lambda: built(lambda b, p: pointwise(b, p, b.op("relu", norm(b, p, b.input("data", (2, 4, 5, 4)), axis=3)))),
    "folded_already": lambda: prepared(image(pointwise)),
}


@pytest.mark.parametrize("made", LEFT.values(), ids=list(LEFT))
def test_left_alone(made):
    before = made()
    after = absorbed(before)
    assert {n: a.tobytes() for n, a in after.params.items()} == {n: a.tobytes() for n, a in before.params.items()}
    assert passes["absorb_bias"]().effect(before) == ""


def test_it_says_what_it_changes():
    assert passes["absorb_bias"]().effect(dense()).startswith("High biases absorbed: 2 channels of 1 layers; of a normal distribution 0.13 %")
