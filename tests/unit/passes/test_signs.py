"""What is proven never to be negative, operator by operator."""

import numpy as np
import pytest

from mrt_studio.engine import Stepper
from mrt_studio.ops.base import operators
from mrt_studio.passes.signs import nonnegative
from tests.nets import built, floats, prepared, rng_of

SHAPE = (2, 3, 4, 4)


def proven(write):
    graph = built(write)
    return graph.outputs[0].name in nonnegative(graph)


def positive(b):
    return b.op("relu", b.input("data", SHAPE))


UNARY = {
    "relu": ({}, True, True),
    "abs": ({}, True, True),
    "negative": ({}, False, False),
    "sigmoid": ({}, True, True),
    "exp": ({}, True, True),
    "tanh": ({}, False, False),
    "softmax": ({}, True, True),
    "Flatten": ({}, True, False),
    "transpose": ({}, True, False),
    "max": ({"axis": (1,)}, True, False),
    "sum": ({"axis": (1,)}, True, False),
}


@pytest.mark.parametrize("op", UNARY)
def test_operators_of_one_tensor(op):
    attributes, behind_relu, alone = UNARY[op]
    assert proven(lambda b, param: b.op(op, positive(b), **attributes)) == behind_relu
    assert proven(lambda b, param: b.op(op, b.input("data", SHAPE), **attributes)) == alone


@pytest.mark.parametrize(("low", "high", "behind_relu", "alone"), [(0.0, 6.0, True, True), (-1.0, 6.0, True, False), (-2.0, -1.0, False, False)])
def test_clips(low, high, behind_relu, alone):
    assert proven(lambda b, param: b.op("clip", positive(b), a_min=low, a_max=high)) == behind_relu
    assert proven(lambda b, param: b.op("clip", b.input("data", SHAPE), a_min=low, a_max=high)) == alone


@pytest.mark.parametrize("op", ["elemwise_add", "broadcast_add", "broadcast_mul", "broadcast_minimum", "Concat"])
def test_operators_of_two_tensors_need_both(op):
    more = {"num_args": 2} if op == "Concat" else {}

    def both(b, param):
        return b.op(op, x := positive(b), x, **more)

    def one(b, param):
        return b.op(op, positive(b), param("p", *SHAPE), **more)

    assert proven(both)
    assert not proven(one)


def test_the_larger_of_two_needs_one():
    def larger(first):
        return lambda b, param: b.op("broadcast_maximum", first(b), param("p", *SHAPE))

    assert proven(larger(positive))
    assert not proven(larger(lambda b: b.input("data", SHAPE)))


@pytest.mark.parametrize(("mode", "value", "expected"), [("constant", 0.0, True), ("constant", -1.0, False), ("edge", -1.0, True)])
def test_padding(mode, value, expected):
    widths = (0, 0, 0, 0, 1, 1, 1, 1)
    assert proven(lambda b, param: b.op("Pad", positive(b), mode=mode, pad_width=widths, constant_value=value)) == expected


@pytest.mark.parametrize("value", [0.25, -0.25])
def test_layers_with_weights_of_one_sign(value):
    def write(b, param):
        return b.op("Convolution", positive(b), param("w", 3, 1, 2, 2, value=value), kernel=(2, 2), num_filter=3, num_group=3, no_bias=True)

    assert proven(write) == (value > 0)


def test_an_average_behind_a_relu_stays_one():
    graph = prepared(built(lambda b, param: b.op("Pooling", positive(b), global_pool=True, pool_type="avg", name="pool")))
    assert "pool" in nonnegative(graph)


CLAIMS = [cls for name, cls in sorted(operators.items()) if cls.name == name and cls.samples and cls.arity[0] == 1]


def test_no_claim_is_wrong_on_the_samples_of_the_operators():
    claimed = 0
    for cls in CLAIMS:
        for sample in cls.samples:
            if len(sample.data) + len(sample.params) != 1 or sample.params or not cls(**sample.attributes).nonnegative((False,)):
                continue
            graph = built(lambda b, param, s=sample, c=cls: b.op(c.name, b.input("data", s.data[0]), **s.attributes))
            data = rng_of(0).uniform(sample.low, sample.high, sample.data[0]).astype(np.float32)
            assert floats(graph, {"data": data})[0].min() >= 0
            claimed += 1
    assert claimed >= 5


def test_every_claim_holds_on_data():
    def write(b, param):
        x = positive(b)
        y = b.op("elemwise_add", x, b.op("sigmoid", b.op("negative", x)))
        return b.op("Pooling", y, kernel=(2, 2), pool_type="max")

    graph = built(write)
    found = nonnegative(graph)
    for node, value in Stepper(graph).run({"data": rng_of(1).standard_normal(SHAPE).astype(np.float32)}):
        assert node.name not in found or value.min() >= 0
    assert len(found) == 4
