"""Where errors come from, on a small net whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.requant import GuardBits
from mrt_studio.engine import Replay
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.lowering import LoweringOptions
from mrt_studio.session.node_errors import MEASURES, REST, node_errors
from tests.nets import built, floats, integers, lowered, prepared, rng_of, thresholds_of


def net():
    def write(b, param):
        x = b.input("data", (1, 4, 8, 8))
        x = b.op("Convolution", x, param("w1", 8, 4, 3, 3), param("b1", 8), name="conv1", kernel=(3, 3), pad=(1, 1), num_filter=8)
        x = b.op("relu", x, name="relu1")
        y = b.op("Convolution", x, param("w2", 8, 8, 3, 3), name="conv2", kernel=(3, 3), pad=(1, 1), num_filter=8, no_bias=True)
        x = b.op("elemwise_add", x, y, name="add")
        return b.op("FullyConnected", x, param("w3", 5, 512), name="fc", num_hidden=5, no_bias=True)

    return prepared(built(write))


DATA = {"data": rng_of(3).standard_normal((3, 4, 8, 8)).astype(np.float32)}


@pytest.fixture(scope="module")
def found():
    graph = net()
    model = lowered(graph, thresholds_of(graph, DATA), output_precision=8)
    return graph, model, node_errors(graph, model, DATA["data"])


def test_there_is_a_row_for_the_input_each_operator_and_the_outputs(found):
    graph, _, rows = found
    assert [r.name for r in rows] == ["data", *(n.name for n in graph.operators), REST]
    assert all(set(r.isolated) == set(r.cumulative) == set(MEASURES) for r in rows[:-1])


def test_shares_add_up_to_one(found):
    rows = found[2]
    assert sum(r.share for r in rows) == pytest.approx(1, abs=1e-5)
    assert rows[-1].share > 0  # the output is brought to eight bits after the last node


def test_the_last_cumulative_error_is_that_of_the_whole_model(found):
    graph, model, rows = found
    expected = floats(graph, DATA)[0]
    real = run_reference(model.graph, integers(model, DATA))[0] / model.outputs[0].scale
    assert rows[-1].cumulative["mse"] == pytest.approx(((real - expected) ** 2).mean(), rel=1e-4)
    assert rows[-1].cumulative["max_error"] == pytest.approx(abs(real - expected).max(), rel=1e-4)


def test_alone_and_together_agree_up_to_the_first_operator(found):
    rows = {r.name: r for r in found[2]}
    assert rows["data"].isolated == rows["data"].cumulative
    assert rows["conv2"].isolated["sqnr"] > rows["conv2"].cumulative["sqnr"]


def test_the_error_of_the_input_is_its_rounding(found):
    _, model, rows = found
    q = model.inputs["data"]
    rounded = integers(model, DATA)["data"] / q.scale
    assert rows[0].isolated["mse"] == pytest.approx(((rounded - DATA["data"]) ** 2).mean(), rel=1e-3)


def test_a_node_that_moves_values_makes_no_error_alone(found):
    rows = {r.name: r for r in found[2]}
    assert rows["relu1"].isolated["sqnr"] is None or rows["relu1"].isolated["sqnr"] > 60
    assert rows["conv1"].effect < rows["relu1"].effect if rows["relu1"].effect else True


def test_a_coarse_threshold_gets_the_blame():
    graph = net()
    thresholds = thresholds_of(graph, DATA)
    rows = node_errors(graph, lowered(graph, {**thresholds, "w2": 40 * thresholds["w2"]}), DATA["data"])
    worst = max(rows, key=lambda r: r.share)
    assert worst.name == "conv2"
    assert worst.share > 0.8
    assert min((r for r in rows if r.effect is not None), key=lambda r: r.effect).name == "conv2"


def test_replay_computes_again_what_depends_on_a_node():
    graph = net()
    replay = Replay(graph, DATA)
    assert np.array_equal(replay.outputs()[0], floats(graph, DATA)[0])
    halved = replay.replaced("add", replay.value("add") / 2)
    assert np.allclose(halved.outputs()[0], replay.outputs()[0] / 2, rtol=1e-5)
    assert np.array_equal(halved.value("conv2"), replay.value("conv2"))
    assert np.array_equal(replay.outputs()[0], floats(graph, DATA)[0])


def test_what_readers_clip_is_no_error_of_the_node_before_them():
    def write(b, param):
        x = b.input("data", (1, 4, 8, 8))
        x = b.op("Convolution", x, param("w1", 8, 4, 3, 3, value=rng_of(1).standard_normal((8, 4, 3, 3)) * 40), name="conv1", **FORM)
        return b.op("clip", x, name="clip1", a_min=0, a_max=6)

    graph = prepared(built(write))
    options = LoweringOptions(weights="channel", wide=frozenset({"conv1"}))
    model = lowered(graph, thresholds_of(graph, DATA), requantizer=GuardBits(), options=options, input_precision=15)
    rows = {r.name: r for r in node_errors(graph, model, DATA["data"])}
    real = run_reference(replace(model.graph, outputs=(model.tensors["conv1"].ref,)), integers(model, DATA))[0] / model.tensors["conv1"].scale
    assert abs(real - floats(replace(graph, outputs=(Ref("conv1"),)), DATA)[0]).max() > 20
    assert rows["conv1"].isolated["sqnr"] > 30
    assert rows["conv1"].cumulative["max_error"] <= 12


FORM = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 8, "no_bias": True}
