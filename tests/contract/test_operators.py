"""Every operator of the float dialect: MXNet's own shapes, prepare keeps the function, integers agree bit for bit and stay near the floats."""

from dataclasses import dataclass

import numpy as np
import pytest

from mrt_studio.engine import Stepper
from mrt_studio.fixedpoint import quantize_array, scale_for
from mrt_studio.ir.graph import Graph
from mrt_studio.ops.base import FloatOnly, operators
from mrt_studio.ops.samples import sample_graph
from tests.nets import built, check_exact, check_exact_on, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of

CLASSES = {cls.name: cls for cls in operators.values()}


@dataclass(frozen=True)
class Case:
    """One sample of an operator; with `fed` only the first data input is fed, the others are parameters."""

    operator: str
    index: int
    fed: int

    def graph(self) -> Graph:
        """The operator alone."""
        cls = CLASSES[self.operator]
        return sample_graph(cls, cls.samples[self.index], fed=self.fed, seed=self.index)


def cases():
    for name, cls in sorted(CLASSES.items()):
        for index, sample in enumerate(cls.samples):
            for fed in sorted({1, len(sample.data)}):
                yield pytest.param(Case(name, index, fed), id=f"{name}-{index}-{fed}")


def drawn(case, draw):
    """One array for each input: `draw(rng, shape, low, high)`, rounded where the operator takes whole numbers."""
    graph, sample = case.graph(), CLASSES[case.operator].samples[case.index]
    arrays = {n.name: draw(rng_of(i), n.shapes[0], sample.low, sample.high).astype(np.float32) for i, n in enumerate(graph.inputs)}
    return {name: np.rint(x) if sample.whole else x for name, x in arrays.items()}


def random_data(rng, shape, low, high):
    return rng.uniform(low, high, shape)


def saturated_data(rng, shape, low, high):
    return rng.choice([low, high, high, low, (low + high) / 2, low + 1e-3 * (high - low)], shape)


DATA = {"random": random_data, "saturated": saturated_data}


def test_every_operator_that_can_be_quantized_has_a_sample():
    assert [name for name, cls in CLASSES.items() if not cls.samples and not issubclass(cls, FloatOnly)] == []


@pytest.mark.parametrize("case", list(cases()))
def test_shapes_are_those_of_mxnet_and_prepare_keeps_the_function(case):
    graph, feeds = case.graph(), drawn(case, random_data)
    for node, value in Stepper(graph).run(feeds):
        assert node.shapes[0] == value.shape
    ready = prepared(graph)
    for ref, before, after in zip(graph.outputs, floats(graph, feeds), floats(ready, feeds), strict=True):
        assert after.shape == graph.shape(ref)
        np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("case", list(cases()))
def test_all_ways_to_run_the_integers_agree_and_the_proof_holds(case, kind):
    graph, feeds = prepared(case.graph()), drawn(case, DATA[kind])
    model = lowered(graph, thresholds_of(graph, feeds))
    check_exact_on(model.graph, [integers(model, feeds), extremes(model.graph, seed=7)])


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("case", list(cases()))
def test_integers_stand_for_numbers_near_the_floats(case, kind):
    graph = prepared(case.graph())
    whole = CLASSES[case.operator].samples[case.index].whole
    rounded = {name: x if whole else stands_for(x) for name, x in drawn(case, DATA[kind]).items()}
    t = thresholds_of(graph, rounded)
    model = lowered(graph, t)
    found = check_exact(model.graph, integers(model, rounded))
    for expected, out, meant in zip(floats(graph, rounded), found, model.outputs, strict=True):
        slack = 1e-6 * (1 + max(t.values()) * 20)  # the float model's own rounding
        assert abs(out / meant.scale - expected).max() <= CLASSES[case.operator].tolerance * abs(expected).max() + slack


def stands_for(x):
    """The data as eight bits hold it."""
    largest = float(abs(x).max())
    scale = scale_for(largest, 8)
    return (quantize_array(x, scale, 8) / scale).astype(np.float32)


@pytest.mark.parametrize("pads", [(1, 1, 1, 1), (0, 1, 0, 1), (2, 0, 0, 3)], ids=str)
def test_padding_in_front_of_a_convolution(pads):
    def write(b, param):
        x = b.op("Pad", b.input("data", (2, 4, 6, 7)), name="pad", mode="constant", pad_width=(0, 0, 0, 0, *pads))
        return b.op("Convolution", x, param("w", 6, 2, 3, 3), param("b", 6), name="conv", kernel=(3, 3), num_filter=6, num_group=2, stride=(2, 2))

    graph = built(write)
    feeds = {"data": random_data(rng_of(0), (2, 4, 6, 7), -3, 3).astype(np.float32)}
    for node, value in Stepper(graph).run(feeds):
        assert node.shapes[0] == value.shape
    ready = prepared(graph)
    np.testing.assert_allclose(floats(ready, feeds)[0], floats(graph, feeds)[0], rtol=1e-5, atol=1e-5)
    for data in (feeds, {"data": saturated_data(rng_of(0), (2, 4, 6, 7), -3, 3).astype(np.float32)}):
        model = lowered(ready, thresholds_of(ready, data))
        check_exact_on(model.graph, [integers(model, data), extremes(model.graph, seed=1)])
