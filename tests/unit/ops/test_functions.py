"""Functions from tables: ranges of any width, zero, and what their thresholds cut."""

import numpy as np
import pytest

from mrt_studio.ops.elementwise.functions import SPECS
from mrt_studio.ops.lowering import LoweringOptions
from tests.nets import check_exact, integers, lowered, prepared, rng_of
from tests.unit.ops.chains import ran_chain, ran_wide, share
from tests.unit.ops.single import ran, single

MAGNITUDES = [1e-20, 1e-3, 0.1, 1.0, 10.0, 1e3, 1e20]
LARGEST = dict.fromkeys(("exp", "expm1", "sinh", "cosh"), 10.0) | {"arcsin": 1.0, "arccos": 1.0}
SMALLEST = {"arccosh": 1.0}
CASES = [(name, size) for name in SPECS for size in MAGNITUDES if SMALLEST.get(name, 0) <= size <= LARGEST.get(name, np.inf)]


def drawn(name, magnitude):
    if name == "arccosh":
        return 1 + rng_of(1).uniform(0.2, 0.9, (2, 300)) * magnitude
    return rng_of(1).uniform(0.01 if name == "log1p" else -0.9, 0.9, (2, 300)) * magnitude


@pytest.mark.parametrize(("name", "magnitude"), CASES, ids=str)
def test_eight_bits_ask_the_table_as_they_are(name, magnitude):
    assert share(ran_chain(lambda b, x: b.op(name, x, name="node"), drawn(name, magnitude), bits=8)) < 2e-5


@pytest.mark.parametrize(("name", "magnitude"), CASES, ids=str)
def test_wide_inputs_lose_little_at_any_magnitude(name, magnitude):
    assert share(ran_wide(name, drawn(name, magnitude))) < SPECS[name].tolerance


@pytest.mark.parametrize("name", SPECS)
def test_all_zeros_give_the_value_at_zero(name):
    graph = prepared(single(name, np.zeros((2, 3))))
    value = {"sigmoid": 0.5, "exp": 1.0, "cosh": 1.0, "arccos": np.pi / 2}.get(name, 0.0)
    model = lowered(graph, {"data": 1.0, "node": value})
    found = check_exact(model.graph, {"data": np.zeros((2, 3), np.int64)})[0]
    np.testing.assert_allclose(found / model.outputs[0].scale, value, atol=1e-4)


def test_results_beyond_the_threshold_are_cut():
    result = ran("exp", [[0.0, 1.0, 3.0]], thresholds={"node": np.e})
    np.testing.assert_allclose(result.found, [[1.0, np.e, np.e]], rtol=0.01)


def test_exp_of_very_negative_numbers_wastes_no_entries():
    result = ran_wide("exp", np.linspace(-1000, 0, 400).reshape(2, 200))
    assert share(result) < 2e-3


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_the_table_has_no_more_entries_than_the_option_allows(bits):
    graph = prepared(single("sigmoid", np.zeros((2, 3))))
    model = lowered(graph, {"data": 9.0, "node": 1.0}, input_precision=16, options=LoweringOptions(table_bits=bits))
    tables = [x for x in model.graph.params.values() if x.size > 1]
    assert [(1 << bits) * 0.95 < x.size < (1 << bits) for x in tables] == [True]


def test_another_batch_than_the_prepared_one():
    data = rng_of(0).uniform(-50, 50, (3, 7))
    result = ran_chain(lambda b, x: b.op("arctan", x, name="node"), data, prepared_batch=1)
    assert result.found.shape == (3, 7)
    assert share(result) < 3e-3


def test_one_table_serves_an_input_that_saturates():
    graph = prepared(single("tanh", np.zeros((1, 2))))
    model = lowered(graph, {"data": 100.0, "node": 1.0})
    found = check_exact(model.graph, integers(model, {"data": np.array([[1e9, -1e9]])}))[0]
    assert found.tolist() == [[32767, -32767]]
