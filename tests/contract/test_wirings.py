"""Unusual wirings: a tensor twice in one operator, shared weights, unread outputs, hundreds of readers, long chains."""

import numpy as np
import pytest

from mrt_studio.ir.graph import Ref
from tests.nets import built, check_exact_on, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of

SHAPE = (2, 4, 4, 4)


def add(b, x, param):
    return b.op("broadcast_add", x, x)


def subtract(b, x, param):
    return b.op("elemwise_sub", x, x)


def square(b, x, param):
    return b.op("broadcast_mul", x, x)


def divide(b, x, param):
    return b.op("broadcast_div", x, b.op("_plus_scalar", b.op("abs", x), scalar=1.0))


def larger(b, x, param):
    return b.op("broadcast_maximum", x, x)


def not_greater(b, x, param):
    return b.op("broadcast_greater", x, x)


def sum_of_five(b, x, param):
    return b.op("add_n", x, x, x, x, x, num_args=5)


def joined(b, x, param):
    return b.op("Concat", x, x, x, num_args=3, dim=1)


def stacked(b, x, param):
    return b.op("stack", x, x, num_args=2, axis=1)


def chosen(b, x, param):
    return b.op("where", x, x, x)


def product(b, x, param):
    rows = b.op("Reshape", x, shape=(0, 4, -1))
    return b.op("batch_dot", rows, rows, transpose_b=True)


def same_as_itself(b, x, param):
    return b.op("slice_like", b.op("broadcast_like", b.op("reshape_like", x, x), x), x)


def shared_weight(b, x, param):
    weight, bias = param("weight", 4, 4, 3, 3), param("bias", 4)
    for i in range(3):
        x = b.op("relu", b.op("Convolution", x, weight, bias, kernel=(3, 3), pad=(1, 1), num_filter=4, hint=f"conv{i}"))
    return x


def weight_as_data(b, x, param):
    weight = param("weight", 4, 4, 1, 1)
    return b.op("broadcast_mul", b.op("Convolution", x, weight, kernel=(1, 1), num_filter=4, no_bias=True), b.op("slice_axis", weight, axis=0, begin=0, end=1))


def shared_statistics(b, x, param):
    same = param("same", 4, value=2)
    return b.op("BatchNorm", b.op("BatchNorm", x, same, same, same, same, fix_gamma=False), same, same, same, same, fix_gamma=False)


def one_part_unread(b, x, param):
    parts = b.op("SliceChannel", x, num_outputs=4, axis=1, name="parts")
    return b.op("broadcast_add", parts, Ref(parts.name, 3))


def only_the_last_part(b, x, param):
    return Ref(b.op("SliceChannel", x, num_outputs=4, axis=1, name="parts").name, 3)


def moments_without_the_variance(b, x, param):
    return b.op("relu", b.op("moments", x, axes=(2, 3)))


def many_readers(b, x, param):
    source = b.op("tanh", x)
    readers = [b.op("_mul_scalar", source, scalar=float(i % 7 + 1)) for i in range(200)]
    return b.op("add_n", *readers[:100], b.op("add_n", *readers[100:], num_args=100), num_args=101)


def ladder(b, x, param):
    """Each step reads the last two: as many paths as the Fibonacci numbers."""
    last = x
    for _ in range(60):
        last, x = b.op("_mul_scalar", b.op("elemwise_add", last, x), scalar=0.5), last
    return last


def doubled(b, x, param):
    """Thirty doublings of the same tensor: 2**30 paths."""
    for _ in range(30):
        x = b.op("_mul_scalar", b.op("elemwise_add", x, x), scalar=0.5)
    return x


WIRINGS = [
    add,
    subtract,
    square,
    divide,
    larger,
    not_greater,
    sum_of_five,
    joined,
    stacked,
    chosen,
    product,
    same_as_itself,
    shared_weight,
    weight_as_data,
    shared_statistics,
    one_part_unread,
    only_the_last_part,
    moments_without_the_variance,
    many_readers,
    ladder,
    doubled,
]


def check(graph, least_db):
    """Lower the graph and run it in every way; the integers stand for the floats."""
    ready = prepared(graph)
    feeds = {n.name: rng_of(i).uniform(-2, 2, n.shapes[0]).astype(np.float32) for i, n in enumerate(graph.inputs)}
    for before, after in zip(floats(graph, feeds), floats(ready, feeds), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4)
    model = lowered(ready, thresholds_of(ready, feeds))
    found = check_exact_on(model.graph, [integers(model, feeds), extremes(model.graph, seed=2)])[0]
    for expected, out, meant in zip(floats(ready, feeds), found, model.outputs, strict=True):
        noise = np.square(out / meant.scale - expected).sum()
        assert noise * 10 ** (least_db / 10) <= np.square(expected).sum()
    return model


@pytest.mark.parametrize("wiring", WIRINGS, ids=lambda w: w.__name__)
def test_a_wiring(wiring):
    check(built(lambda b, param: wiring(b, b.input("data", SHAPE), param)), 25)


def test_two_inputs_each_read_twice_and_an_output_each():
    def write(b, param):
        x, y = b.input("data", (2, 6)), b.input("other", (2, 6))
        both = b.op("broadcast_mul", b.op("elemwise_add", x, y), b.op("elemwise_sub", x, y))
        return [both, x, b.op("Concat", x, y, x, y, num_args=4, dim=1), both, y]

    model = check(built(write), 25)
    assert len(model.outputs) == 5


def test_an_input_that_nothing_reads():
    def write(b, param):
        b.input("other", (2, 3))
        return b.op("relu", b.input("data", (2, 6)))

    check(built(write), 25)


@pytest.mark.parametrize("op", ["abs", "relu", "negative", "_plus_scalar", "tanh"])
def test_a_chain_of_five_hundred(op):
    def write(b, param):
        x = b.input("data", (2, 3))
        for i in range(500):
            x = b.op(op, x, **({"scalar": 0.25 * (-1) ** i} if op == "_plus_scalar" else {}))
        return x

    model = check(built(write), 0 if op == "tanh" else 20)
    assert len(model.graph.operators) <= 20 * 500
