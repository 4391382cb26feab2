"""The notebook's graph view: any source, overlays, split keys, and views that follow each other."""

from __future__ import annotations

import pytest

import mrt_studio
from mrt_studio.errors import FormatError, OptionError
from mrt_studio.session.graph_payload import graph_view
from mrt_studio.session.session import Session
from mrt_studio.widgets import GraphView
from tests.models.tiny import tiny_graph, tiny_model, tiny_recipe


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("view")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("quantize")
    return session


def test_a_model_and_a_graph_are_shown():
    graph = tiny_graph()
    assert GraphView(graph).graph == GraphView(mrt_studio.Model(graph)).graph
    assert len(GraphView(graph).graph["nodes"]) == len(graph.operators) + 1


def test_plain_traits_are_taken_as_before():
    view = GraphView(graph={"nodes": [], "edges": []}, height_px=300, direction="right")
    assert (view.height_px, view.direction) == (300, "right")


def test_a_session_shows_its_last_stage_or_the_one_asked_for(done):
    assert GraphView(done).stage == "quantize"
    view = GraphView(done, stage="prepare", theme="dark")
    assert view.graph == graph_view(done, "prepare")
    assert view.theme == "dark"


def test_colours_are_named_or_given(done, tmp_path):
    view = GraphView(done, stage="prepare")
    view.colour_by("threshold")
    assert view.overlay["label"] == "threshold"
    view.colour_by({"label": "time", "values": {"conv0": 2.0}})
    assert view.overlay["values"] == {"conv0": 2.0}
    (tmp_path / "bits.json").write_text('{"label": "bits", "values": {"conv0": 8}}')
    view.colour_by(tmp_path / "bits.json")
    assert view.overlay["label"] == "bits"
    view.colour_by("")
    assert view.overlay == {}
    with pytest.raises(FormatError):
        view.colour_by({"label": "time", "values": {"nothing": 2.0}})
    with pytest.raises(OptionError, match="session"):
        GraphView(tiny_graph()).colour_by("gas")


def test_views_of_a_session_follow_each_other_through_the_lineage(done):
    original, integer = GraphView(done, stage="load"), GraphView(done, stage="quantize")
    original.selected = ["bn0"]
    assert "conv0" in integer.selected
    integer.selected = ["pool0"]
    assert original.selected == ["pool0"]


def test_split_keys_are_judged_at_once(done):
    view = GraphView(done, stage="load")
    view.split_keys = ["conv1"]
    assert view.split["problems"]
    view.split_keys = ["pool0"]
    assert view.split["problems"] == []
    assert view.split["top"] == ["flatten0", "fc0"]


def test_a_picture_and_a_list_of_the_blocks_stand_in_for_the_view():
    graph = {"nodes": [{"id": n, "name": n, "op": "relu", "shape": "1", "block": b} for n, b in (("<i>", ""), ("b", "inner"), ("c", "outer"))]}
    graph["blocks"] = [{"id": b, "parent": p, "label": b, "detail": "2 nodes", "twin": ""} for b, p in (("outer", ""), ("inner", "outer"))]
    data, _ = GraphView(graph=graph)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].startswith('<img alt="The network: 3 nodes, 2 blocks" src="data:image/svg+xml;base64,')
    assert data["text/html"].endswith("<table><tr><td>relu &lt;i&gt;</td><td>1</td></tr><tr><td>outer</td><td>2 nodes</td></tr></table></details>")
