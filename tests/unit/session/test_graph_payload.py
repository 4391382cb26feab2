"""The graph as the front end takes it: blocks that correspond across stages, and any source that has a graph."""

from __future__ import annotations

import json
from collections import Counter

import pytest

import mrt_studio
from mrt_studio.errors import ArtifactError, OptionError, StudioError
from mrt_studio.session.graph_payload import graph_view, payload_of
from mrt_studio.session.graphs import GRAPHS, lineage, stage_graph
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_graph, tiny_recipe, write_model
from tests.nets import built

STAGES, UNITS = 3, 3


def staged_graph():
    """Three stages of three residual units, named as the zoo names them."""

    def write(b, param):
        x = b.input("data", None)
        for stage in range(1, STAGES + 1):
            for unit in range(UNITS):
                name = f"net_stage{stage}"
                made = f"{name}_conv{unit}"
                y = b.op("Convolution", x, param(f"{made}_weight", 3, 3, 3, 3), name=made, kernel=(3, 3), pad=(1, 1), num_filter=3, no_bias=True)
                norm = [param(f"{name}_bn{unit}_{p}", 3, value=1) for p in ("gamma", "beta", "mean", "var")]
                y = b.op("BatchNorm", y, *norm, name=f"{name}_bn{unit}")
                y = b.op("Activation", y, name=f"{name}_relu{unit}", act_type="relu")
                x = b.op("elemwise_add", y, x, name=f"{name}_add{unit}")
        return b.op("Flatten", x, name="net_flatten0")

    return built(write)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("payload")
    session = Session(folder / "project", tiny_recipe(write_model(staged_graph(), folder, "staged")))
    session.run("compile")
    return session


@pytest.mark.parametrize("stage", GRAPHS)
def test_a_payload_is_plain_and_whole(done, stage):
    found = graph_view(done, stage)
    json.dumps(found)
    ids = {block["id"] for block in found["blocks"]}
    assert {node["block"] for node in found["nodes"]} <= ids | {""}
    assert {block["parent"] for block in found["blocks"]} <= ids | {""}
    assert not ids & {node["id"] for node in found["nodes"]}
    assert all(set(node) == {"id", "name", "op", "kind", "shape", "params", "badge", "block", "attrs"} for node in found["nodes"])
    assert all(isinstance(text, str) for node in found["nodes"] for text in node["attrs"].values())
    assert all(shape for _, _, shape in found["edges"]) is (stage != "load")


@pytest.mark.parametrize("stage", GRAPHS)
def test_blocks_are_the_same_in_every_stage(done, stage):
    labels = {b["id"]: b["label"] for b in graph_view(done, stage)["blocks"]}
    assert [label for key, label in labels.items() if key.count("/") == 1] == ["stage 1", "stage 2", "stage 3"]
    assert labels["stage 2/unit 3/"] == "unit 3"
    block = {n["id"]: n["block"] for n in graph_view(done, stage)["nodes"]}
    original = {n["id"]: n["block"] for n in graph_view(done, "load")["nodes"]}
    alike = Counter(block[there] == original[here] for here, found in lineage(done, "load", stage).items() for there in found)
    assert alike[True] > 10 * alike[False]


def test_the_compiled_graph_has_the_names_of_the_files(done):
    graph = stage_graph(done, "compile")
    assert {"conv2d_0", "relu_0"} <= {n.name for n in graph.operators}
    quantized = stage_graph(done, "quantize")
    for node in graph.nodes:
        assert node.op == quantized[node.origin[0]].op
    done._loaded.clear()  # what a later process reads from disk
    again = stage_graph(done, "compile")
    assert [(n.name, n.origin, n.inputs) for n in again.nodes] == [(n.name, n.origin, n.inputs) for n in graph.nodes]


def test_any_source_with_a_graph_can_be_shown(done):
    graph = tiny_graph()
    assert payload_of(graph) == payload_of(mrt_studio.Model(graph))
    assert len(payload_of(graph)["nodes"]) == len(graph.operators) + 1
    assert payload_of(done) == graph_view(done, "compile")
    assert payload_of(done, "prepare") == graph_view(done, "prepare")


def test_what_has_no_graph_is_refused(done, tmp_path):
    with pytest.raises(OptionError, match="dict"):
        payload_of({})
    with pytest.raises(StudioError):
        payload_of(Session(tmp_path))
    with pytest.raises(ArtifactError, match="no graph"):
        graph_view(done, "evaluate")
