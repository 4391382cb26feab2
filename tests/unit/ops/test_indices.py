"""Indices become themselves, or are refused: take, Embedding, one_hot, pick and gather_nd."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference
from mrt_studio.errors import QuantizationError, UnsupportedError
from mrt_studio.ops.base import make, operators
from tests.nets import built, floats, integers, lowered, prepared, rng_of, thresholds_of


def embedding(rows, count):
    def write(b, param):
        return b.op("Embedding", b.input("data", (1, count)), param("weight", rows, 2), name="node", input_dim=rows, output_dim=2)

    return prepared(built(write))


@pytest.mark.parametrize("largest", [1, 2, 3, 7, 31, 64, 100, 127])
def test_every_index_of_eight_bits_finds_its_row(largest):
    graph, feeds = embedding(200, largest + 1), {"data": np.arange(largest + 1, dtype=np.float32)[None]}
    model = lowered(graph, thresholds_of(graph, feeds))
    (found,) = run_reference(model.graph, integers(model, feeds))
    np.testing.assert_allclose(found / model.outputs[0].scale, floats(graph, feeds)[0], atol=1e-3)


@pytest.mark.parametrize("largest", [200, 5000, 8191])
def test_more_rows_need_more_bits(largest):
    count = 64
    graph = embedding(largest + 1, count)
    feeds = {"data": np.rint(np.linspace(0, largest, count)).astype(np.float32)[None]}
    thresholds = thresholds_of(graph, feeds)
    with pytest.raises(QuantizationError, match="cannot tell indices up to") as caught:
        lowered(graph, thresholds)
    assert caught.value.remedy.startswith("Raise the precision of the input")
    model = lowered(graph, thresholds, input_precision=16)
    (found,) = run_reference(model.graph, integers(model, feeds))
    np.testing.assert_allclose(found / model.outputs[0].scale, floats(graph, feeds)[0], atol=1e-3)


def test_no_index_is_mistaken_whatever_is_accepted():
    """Where the lowering accepts a threshold and a precision, every index up to it is exact."""
    accepted = 0
    for precision in (5, 8, 11, 16):
        for largest in (3, 11, 90, 1000, 7000, 30000):
            graph = built(lambda b, param, n=largest: b.op("take", param("w", n + 1), b.input("data", (1, n + 1)), name="node"))
            try:
                model = lowered(graph, {"data": float(largest), "w": 9.0, "node": 9.0}, input_precision=precision)
            except QuantizationError:
                continue
            accepted += 1
            index = model.graph["node"].inputs[1]
            one = type(model.graph)(model.graph.nodes, (index,), model.graph.params)
            everything = np.arange(largest + 1, dtype=np.float32)[None]
            assert np.array_equal(run_reference(one, integers(model, {"data": everything}))[0], everything)
    assert accepted >= 8


def test_indices_that_are_a_parameter_are_not_clipped_by_a_threshold_and_lose_their_fractions():
    def write(b, param):
        return b.op("take", b.input("data", (2, 9)), b.param("", np.array([8.7, -3.0, 0.2, 5.0], np.float32), name="index"), name="node", axis=1)

    graph = built(write)
    ready = prepared(graph)
    data = np.arange(18, dtype=np.float32).reshape(2, 9)
    thresholds = dict.fromkeys(ready.params, 2.0) | {"data": 127.0, "node": 127.0}
    model = lowered(ready, thresholds)
    assert np.array_equal(run_reference(model.graph, integers(model, {"data": data}))[0], floats(graph, {"data": data})[0])


def test_gather_nd_at_stored_positions_of_several_axes():
    positions = np.array([[1, 0, -1], [3, 0, 2]], np.float32)
    graph = built(lambda b, param: b.op("gather_nd", b.input("data", (2, 4, 3)), b.param("", positions, name="at"), name="node"))
    data = rng_of(0).standard_normal((2, 4, 3)).astype(np.float32)
    assert np.array_equal(floats(prepared(graph), {"data": data})[0], data[[1, 0, -1], [3, 0, 2]])


@pytest.mark.parametrize("positions", [None, [[2.0], [0.0]], [[0.0], [-5.0]]])
def test_gather_nd_at_computed_or_missing_positions_is_refused(positions):
    def write(b, param):
        at = b.input("at", (2, 1)) if positions is None else b.param("", np.array(positions, np.float32), name="at")
        return b.op("gather_nd", b.input("data", (2, 4)), at, name="node")

    with pytest.raises(UnsupportedError, match="gather_nd") as caught:
        prepared(built(write))
    assert caught.value.where == "gather_nd 'node'"
    assert caught.value.remedy


def test_picking_along_the_batch_is_refused():
    graph = built(lambda b, param: b.op("pick", b.input("data", (3, 4)), b.input("index", (4,)), name="node", axis=0))
    with pytest.raises(UnsupportedError, match="Picking along the batch"):
        prepared(graph)


@pytest.mark.parametrize(
    ("name", "texts"), [("take", {"mode": "wrap"}), ("pick", {"mode": "wrap"}), ("pick", {"axis": "None"}), ("one_hot", {"depth": "3", "dtype": "int32"})]
)
def test_forms_that_are_not_supported(name, texts):
    with pytest.raises(UnsupportedError, match="not supported"):
        operators[name].parse(texts)


def test_a_wide_parameter_is_picked_exactly():
    """Picking multiplies and adds, yet the largest product stays in INT32."""
    graph = built(lambda b, param: b.op("pick", param("w", 1, 4000, value=3.0), b.input("data", (1,)), name="node"))
    model = lowered(graph, {"w": 3.0, "data": 100.0, "node": 3.0})
    (found,) = run_reference(model.graph, {"data": np.array([77])})
    assert found.tolist() == [round(3.0 * model.outputs[0].scale)]
    assert make("pick").infer(((1, 4000), (1,))) == ((1,),)
