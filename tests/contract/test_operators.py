"""Every operator of the float dialect: MXNet's own shapes, prepare keeps the function, integers agree bit for bit and stay near the floats."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from mrt_studio.engine import Stepper
from mrt_studio.fixedpoint import quantize_array, scale_for
from mrt_studio.ir.graph import Builder, Graph
from mrt_studio.ops.base import make, operators
from tests.nets import built, check_exact, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of

CLASSES = {cls.name: cls for cls in operators.values()}


@dataclass(frozen=True)
class Case:
    """One sample of an operator; with `fed` only the first data input is fed, the others are parameters."""

    operator: str
    index: int
    fed: int

    def graph(self) -> Graph:
        """The operator alone."""
        cls, rng, b = CLASSES[self.operator], rng_of(self.index), Builder(make)
        attributes, data, params = cls.samples[self.index]
        refs = []
        for i, shape in enumerate(data):
            array = rng.uniform(-2, 2, shape).astype(np.float32)
            refs.append(b.input("data" if i == 0 else f"data{i}", shape) if i < self.fed else b.param("", array, name=f"fixed{i}"))
        for i, shape in enumerate(params):
            array = rng.standard_normal(shape).astype(np.float32)
            name = cls.input_names[len(data) + i] if len(cls.input_names) > len(data) + i else f"param{i}"
            refs.append(b.param("", abs(array) + np.float32(0.1) if name == "variance" else array, name=name))
        return b.graph([b.op(self.operator, *refs, name="node", **attributes)])


def cases():
    for name, cls in sorted(CLASSES.items()):
        for index, sample in enumerate(cls.samples):
            for fed in sorted({1, len(sample.data)}):
                yield pytest.param(Case(name, index, fed), id=f"{name}-{index}-{fed}")


def random_data(graph, seed=0):
    return {n.name: rng_of(seed + i).standard_normal(n.shapes[0]).astype(np.float32) for i, n in enumerate(graph.inputs)}


def saturated_data(graph, seed=0):
    return {n.name: rng_of(seed + i).choice(np.array([-3, 3, 3, -3, 0, 1e-3], np.float32), n.shapes[0]) for i, n in enumerate(graph.inputs)}


DATA = {"random": random_data, "saturated": saturated_data}


def test_every_operator_has_a_sample_but_pad():
    assert [name for name, cls in CLASSES.items() if not cls.samples] == ["Pad"]


@pytest.mark.parametrize("case", list(cases()))
def test_shapes_are_those_of_mxnet_and_prepare_keeps_the_function(case):
    graph = case.graph()
    feeds = random_data(graph)
    for node, value in Stepper(graph).run(feeds):
        assert node.shapes[0] == value.shape
    ready = prepared(graph)
    before, after = floats(graph, feeds)[0], floats(ready, feeds)[0]
    assert after.shape == graph.shape(graph.outputs[0])
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("case", list(cases()))
def test_all_ways_to_run_the_integers_agree_and_the_proof_holds(case, kind):
    graph = prepared(case.graph())
    feeds = DATA[kind](graph)
    model = lowered(graph, thresholds_of(graph, feeds))
    check_exact(model.graph, integers(model, feeds))
    check_exact(model.graph, extremes(model.graph, seed=7))


# How far integers may be from floats that are fed what the integers stand for, so that rounding the input does not count. `t` are
# thresholds by name: of the inputs x, of all tensors. A value rounded at p bits is off by t / (2 * range(p)) at most: t / 254 at 8, t / 65534 at 16.


def of_products(graph, t):
    """|x| <= t_x times the error of a weight, for each of the K products, plus half a step of the bias at the product's scale."""
    node = next(n for n in graph.operators if len(n.inputs) > 1)
    x, weight, *_ = (r.name for r in node.inputs)
    count = math.prod(graph.params[weight].shape[1:])
    return count * t[x] * t[weight] / 254 + t[x] * t[weight] / (2 * 127**2)


def of_sixteen_bits(graph, t):
    """Each of two operands is off by half a step of 16 bits, and half a step of 15 where a shift goes first; products carry the other factor."""
    largest = max(t.values())
    return 4 * largest * max(1.0, largest) / 65534


def of_clip(graph, t):
    """A bound is truncated to an integer: off by less than one step of the 8-bit input; relu is exact."""
    return t["data"] / 127


BOUNDS = {
    "conv": of_products,
    "dense": of_products,
    "elementwise": of_sixteen_bits,
    "norm": of_sixteen_bits,  # a product and a sum
    "shape": of_sixteen_bits,  # flatten is exact, concatenation brings its inputs to a common 16-bit scale
    "activation": of_clip,
    "reduce": lambda graph, t: 0.0,  # the 8-bit input is added exactly
    "other": lambda graph, t: 0.0,
    "pool": of_sixteen_bits,  # the maximum is exact, and so is the weight of an average, which is the largest code; the mean's share has 16 bits
}


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("case", list(cases()))
def test_integers_stand_for_numbers_near_the_floats(case, kind):
    graph = prepared(case.graph())
    rounded = {name: stands_for(x) for name, x in DATA[kind](graph).items()}
    t = thresholds_of(graph, rounded)
    model = lowered(graph, t)
    expected = floats(graph, rounded)[0]
    found = check_exact(model.graph, integers(model, rounded))[0] / model.outputs[0].scale
    slack = 1e-6 * (1 + max(t.values()) * 20)  # the float model's own rounding
    assert abs(found - expected).max() <= BOUNDS[CLASSES[case.operator].category](graph, t) + slack


def stands_for(x):
    """The data as eight bits hold it."""
    scale = scale_for(float(abs(x).max()), 8)
    return (quantize_array(x, scale, 8) / scale).astype(np.float32)


@pytest.mark.parametrize("pads", [(1, 1, 1, 1), (0, 1, 0, 1), (2, 0, 0, 3)], ids=str)
def test_padding_in_front_of_a_convolution(pads):
    def write(b, param):
        x = b.op("Pad", b.input("data", (2, 4, 6, 7)), name="pad", mode="constant", pad_width=(0, 0, 0, 0, *pads))
        return b.op("Convolution", x, param("w", 6, 2, 3, 3), param("b", 6), name="conv", kernel=(3, 3), num_filter=6, num_group=2, stride=(2, 2))

    graph = built(write)
    for node, value in Stepper(graph).run(random_data(graph)):
        assert node.shapes[0] == value.shape
    ready, feeds = prepared(graph), random_data(graph)
    np.testing.assert_allclose(floats(ready, feeds)[0], floats(graph, feeds)[0], rtol=1e-5, atol=1e-5)
    for data in (feeds, saturated_data(ready)):
        model = lowered(ready, thresholds_of(ready, data))
        check_exact(model.graph, integers(model, data))
        check_exact(model.graph, extremes(model.graph, seed=1))
