"""Operators of several outputs, and of no twin in MXNet, in the middle of a graph."""

import json

import numpy as np
import pytest

from mrt_studio.cvm.format import read_artifact, write_artifact
from mrt_studio.cvm.machine import FastMachine, run_reference, trace
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.proof import prove
from mrt_studio.cvm.storage import check_storage, plan_storage
from mrt_studio.errors import DataError, FormatError, ModelError
from mrt_studio.ir.graph import Builder, Ref

SHAPE = (1, 7, 6)


def graph_with(outputs):
    """Operators with twins below, beside and above those without; `outputs` chooses by name."""
    b = Builder(make)
    x = b.input("data", SHAPE, 8)
    p = b.param("", np.full((1, 7, 6), 3, np.int8), name="p", precision=3)
    low = b.op("cvm.elemwise_add", x, p, name="low")
    counts = b.op("cvm.get_valid_counts", low, name="counts", score_threshold=2)
    rows = Ref("counts", 1)
    nms = b.op("cvm.non_max_suppression", rows, counts, name="nms", iou_threshold=30)
    high = b.op("cvm.elemwise_add", nms, low, name="high")
    side = b.op("cvm.relu", low, name="side")
    wide = b.op("cvm.broadcast_add", counts, b.op("cvm.flatten", rows, name="flat"), name="wide")
    refs = {"x": x, "p": p, "low": low, "counts": counts, "rows": rows, "nms": nms, "high": high, "side": side, "wide": wide}
    return b.graph([refs[name] for name in outputs])


def sample(seed=0):
    x = np.random.default_rng(seed).integers(-9, 30, SHAPE)
    x[..., 0] = np.arange(7) % 2
    return x


ALL = ("x", "p", "low", "counts", "rows", "nms", "high", "side", "wide", "low")


def test_all_outputs_of_both_machines_agree():
    graph, feeds = graph_with(ALL), {"data": sample()}
    exact = run_reference(graph, feeds)
    assert [y.shape for y in exact] == [graph.shape(ref) for ref in graph.outputs]
    for y, fast in zip(exact, FastMachine(graph).run(feeds), strict=True):
        assert fast.dtype == np.int64
        assert np.array_equal(y, fast)
    by_name = dict(zip(ALL, exact, strict=True))
    assert 0 < by_name["counts"][0] < 7
    assert np.array_equal(by_name["wide"], by_name["counts"] + by_name["rows"].reshape(1, -1))


@pytest.mark.parametrize("outputs", [(name,) for name in ALL[2:]])
def test_any_one_output_alone(outputs):
    graph, feeds = graph_with(outputs), {"data": sample(1)}
    assert np.array_equal(FastMachine(graph).run(feeds)[0], run_reference(graph, feeds)[0])


def test_the_fast_machine_checks_its_data_too():
    machine = FastMachine(graph_with(("high",)))
    with pytest.raises(DataError, match="got no data"):
        machine.run({})
    with pytest.raises(DataError, match="must hold integers"):
        machine.run({"data": np.ones(SHAPE)})
    far = sample() * 1000
    assert np.array_equal(machine.run({"data": far})[0], run_reference(graph_with(("high",)), {"data": far})[0])


def test_several_samples_run_where_the_operators_allow_it():
    b = Builder(make)
    x = b.op("cvm.relu", b.input("data", SHAPE, 8))
    graph = b.graph([b.op("cvm.relu", Ref(b.op("cvm.get_valid_counts", x).name, 1))])
    feeds = {"data": np.concatenate([sample(), sample(1)])}
    assert np.array_equal(FastMachine(graph).run(feeds)[0], run_reference(graph, feeds)[0])


def test_bits_follow_the_output_that_is_read():
    graph = graph_with(("high", "wide"))
    rows = prove(graph)
    assert rows["counts"].outputs == (7, 9)
    assert rows["nms"].inputs == (9, 7)
    assert rows["wide"].bits == 10


def test_a_trace_shows_every_output():
    seen = {ref: value.shape for ref, value in trace(graph_with(("nms",)), {"data": sample()})}
    assert seen == {Ref("low"): SHAPE, Ref("counts"): (1,), Ref("counts", 1): SHAPE, Ref("nms"): SHAPE}


def test_an_entry_of_the_files_is_an_output():
    graph = graph_with(("high",))
    symbol, params = write_artifact(graph)
    top = json.loads(symbol)
    names = [node["name"] for node in top["nodes"]]
    assert names == ["data", "p", "elemwise_add_0", "get_valid_counts_0", "non_max_suppression_0", "elemwise_add_1"]
    assert top["node_row_ptr"] == [0, 1, 2, 3, 5, 6, 7]
    assert top["attrs"]["precision"][1] == [8, 3, 9, 7, 9, 9, 10]
    assert top["attrs"]["shape"][1] == [list(s) for s in (SHAPE, SHAPE, SHAPE, (1,), SHAPE, SHAPE, SHAPE)]
    assert top["nodes"][4]["inputs"] == [[3, 1, 0], [3, 0, 0]]
    read = read_artifact(symbol, params)
    assert read["get_valid_counts_0"].shapes == ((1,), SHAPE)
    feeds = {"data": sample()}
    assert np.array_equal(run_reference(read, feeds)[0], run_reference(graph, feeds)[0])


@pytest.mark.parametrize(
    ("key", "at", "value", "what"),
    [
        ("precision", 4, 8, "The precision of 'get_valid_counts_0' is stated as 8 bits, but it is 9."),
        ("precision", 3, 9, "The precision of 'get_valid_counts_0' is stated as 9 bits, but it is 7."),
        ("shape", 4, [1, 7, 5], "The symbol states the shapes ((1,), (1, 7, 5)), but they are ((1,), (1, 7, 6))."),
        ("storage_id", 4, 3, "By the storage plan, 'get_valid_counts_0' writes two outputs to one place."),
    ],
)
def test_each_entry_is_checked(key, at, value, what):
    symbol, params = write_artifact(graph_with(("high",)))
    top = json.loads(symbol)
    top["attrs"]["storage_id"][1] = list(range(7))
    top["attrs"][key][1][at] = value
    with pytest.raises(FormatError) as caught:
        read_artifact(json.dumps(top).encode(), params)
    assert caught.value.what == what


def test_too_few_entries():
    symbol, params = write_artifact(graph_with(("high",)))
    top = json.loads(symbol)
    for key in ("precision", "shape", "dltype", "storage_id"):
        top["attrs"][key][1].pop()
    with pytest.raises(FormatError, match="has 6 entries instead of 7"):
        read_artifact(json.dumps(top).encode(), params)


def test_both_outputs_have_storage_of_their_own():
    graph = graph_with(("high",))
    plan = plan_storage(graph)
    assert len(plan) == 7
    check_storage(graph, plan)
    assert plan[3] != plan[4]
    with pytest.raises(ModelError, match="two outputs to one place"):
        check_storage(graph, (*plan[:3], 9, 9, *plan[5:]))
