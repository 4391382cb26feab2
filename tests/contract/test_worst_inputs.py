"""No value leaves its proven range on inputs that are chosen to drive it there, and all ways to run the integers agree on them."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import trace
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.proof import prove
from mrt_studio.fixedpoint import int_range, narrowest_dtype
from mrt_studio.ir.graph import Builder, Ref
from tests.contract.test_operators import Case, cases, drawn, random_data
from tests.contract.worst_inputs import Search
from tests.nets import check_exact, check_exact_on, extremes, integers, lowered, prepared, rng_of, thresholds_of


def product(kind, count, bits, weight_bits, bias):
    """A sum of `count` products whose weights have mixed signs, the input that makes all of them positive, and the sum."""
    rng, b = rng_of(count), Builder(make)
    signs = rng.choice([-1, 1], (3, count))
    weight = signs * int_range(weight_bits)
    data = signs[1] * int_range(bits)
    attributes = {"use_bias": bias is not None}
    if kind == "dense":
        shape, attributes = (1, count), attributes | {"units": 3}
    else:
        shape, attributes = (1, count // 4, 2, 2), attributes | {"channels": 3, "kernel_size": (2, 2)}
    x = b.input("data", shape, bits)
    refs = [b.param("", weight.reshape(3, *shape[1:]).astype(np.int8), name="weight", precision=weight_bits)]
    if bias is not None:
        refs.append(b.param("", np.full(3, int_range(bias)).astype(narrowest_dtype(bias)), name="bias", precision=bias))
    largest = count * int_range(bits) * int_range(weight_bits) + (int_range(bias) if bias else 0)
    return b.graph([b.op(f"cvm.{kind}", x, *refs, name="node", **attributes)]), data.reshape(shape), largest


@pytest.mark.parametrize("bias", [None, 8, 31])
@pytest.mark.parametrize(("count", "bits", "weight_bits"), [(4, 8, 8), (28, 8, 8), (1024, 8, 8), (4160, 8, 7), (508, 3, 8), (60, 2, 2)])
@pytest.mark.parametrize("kind", ["dense", "conv2d"])
def test_products_of_matching_signs_reach_their_largest_sum(kind, count, bits, weight_bits, bias):
    graph, data, largest = product(kind, count, bits, weight_bits, bias)
    assert check_exact(graph, {"data": data})[0].max() == largest <= prove(graph)["node"].bound
    other = check_exact(graph, {"data": -data})[0].min()
    assert other == -largest + 2 * (int_range(bias) if bias else 0)


def pair(kind, bits, other_bits, sign):
    b = Builder(make)
    other = b.param("", np.full((1, 4), sign * int_range(other_bits)).astype(narrowest_dtype(other_bits)), name="other", precision=other_bits)
    return b.graph([b.op(f"cvm.{kind}", b.input("data", (1, 4), bits), other, name="node")])


PAIRS = {
    "broadcast_mul": lambda x, y: x * y,
    "broadcast_add": lambda x, y: x + y,
    "elemwise_add": lambda x, y: x + y,
    "broadcast_sub": lambda x, y: x - y,
    "elemwise_sub": lambda x, y: x - y,
}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("bits", "other_bits"), [(16, 16), (2, 30), (30, 2), (1, 31), (8, 8)])
@pytest.mark.parametrize("kind", PAIRS)
def test_two_ends_meet(kind, bits, other_bits, sign):
    graph = pair(kind, bits, other_bits, sign)
    ends = np.array([[int_range(bits), -int_range(bits), 0, 1 if bits > 1 else 0]])
    found = check_exact(graph, {"data": ends})[0]
    assert found.tolist() == PAIRS[kind](ends, sign * int_range(other_bits)).tolist()
    assert abs(found).max() <= prove(graph)["node"].bound


@pytest.mark.parametrize("bits", [2, 8, 24])
@pytest.mark.parametrize("shape", [(1, 127), (1, 128), (1, 2, 3, 5)], ids=str)
def test_a_sum_of_ends(bits, shape):
    b = Builder(make)
    graph = b.graph([b.op("cvm.sum", b.input("data", shape, bits), name="node", axis=tuple(range(1, len(shape))))])
    for end in (int_range(bits), -int_range(bits)):
        (found,) = check_exact(graph, {"data": np.full(shape, end)})[0]
        assert found == end * np.prod(shape)
        assert abs(found) <= prove(graph)["node"].bound


SEARCHED = {
    "softmax",
    "log_softmax",
    "SoftmaxActivation",
    "mean",
    "moments",
    "LayerNorm",
    "InstanceNorm",
    "GroupNorm",
    "L2Normalization",
    "norm",
    "LRN",
    "BatchNorm",
    "Convolution",
    "Deconvolution",
    "FullyConnected",
    "batch_dot",
    "dot",
    "sum",
    "prod",
    "Pooling",
    "_contrib_AdaptiveAvgPooling2D",
    "_contrib_BilinearResize2D",
    "broadcast_div",
    "hypot",
    "add_n",
}


@pytest.mark.parametrize("case", [c for c in cases() if c.values[0].operator in SEARCHED])
def test_lowered_operators_on_the_worst_inputs_that_are_found(case: Case):
    graph, feeds = prepared(case.graph()), drawn(case, random_data)
    model = lowered(graph, thresholds_of(graph, feeds))
    search = Search(model.graph)
    search.run([integers(model, feeds), extremes(model.graph, 0)], steps=60)
    assert max(search.shares.values()) <= 1
    far = sorted(search.shares, key=lambda ref: search.shares[ref])[-3:]
    check_exact_on(model.graph, [search.inputs[ref] for ref in far])


def test_the_search_finds_the_signs_of_the_weights():
    graph, _, largest = product("dense", 24, 8, 8, None)
    search = Search(graph)
    search.run([{"data": np.zeros((1, 24), np.int64)}], steps=600)
    found = max(int(abs(v).max()) for _, v in trace(graph, search.inputs[Ref("node")]))
    assert found > 0.8 * largest
    assert search.shares[Ref("node")] == found / prove(graph)["node"].bound
