"""Split keys: base and top, ways round the keys, what cannot stay in the base, and where to split."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Graph
from mrt_studio.ir.split import split
from mrt_studio.ir.unknown import Unknown
from mrt_studio.session.session import Session
from mrt_studio.session.splits import candidates, explosions, split_of, split_view
from mrt_studio.session.verdict import check_session, verdict
from tests.models.detector import KEYS, detector
from tests.models.tiny import tiny_graph, tiny_model, tiny_recipe, write_model


def with_strange(graph: Graph, *names: str) -> Graph:
    strange = Unknown("BoxNms", {}, "Its result depends on the order of floats.")
    return replace(graph, nodes=tuple(replace(n, op=strange) if n.name in names else n for n in graph.nodes))


def test_without_keys_there_is_nothing_to_say():
    found = split_view(tiny_graph(), [])
    assert (found["keys"], found["base"], found["top"], found["problems"], found["candidates"]) == ([], [], [], [], [])


@pytest.mark.parametrize("key", ["conv0", "relu0", "add0", "pool0", "flatten0"])
def test_base_and_top_are_those_of_the_split(key):
    graph = tiny_graph()
    found = split_view(graph, [key])
    base, top = split(graph, [key])
    assert found["base"] == [n.name for n in base.nodes if n.name not in base.params]
    assert found["top"] == [n.name for n in top.nodes if n.name not in top.params and n.name != key]
    assert found["problems"] == []
    assert not set(found["base"]) & set(found["top"])


@pytest.mark.parametrize("keys", [["conv1"], ["bn0", "conv1"], ["fc0"], ["pool0", "add0"], ["conv1", "add0"], ["relu0", "conv1"]])
def test_there_is_a_problem_exactly_where_the_split_is_refused(keys):
    graph = tiny_graph()
    try:
        split(graph, keys)
    except OptionError:
        refused = True
    else:
        refused = False
    assert bool(split_view(graph, keys)["problems"]) is refused


def test_a_way_round_names_the_input_and_a_node():
    (problem,) = split_view(tiny_graph(), ["conv1"])["problems"]
    assert problem == "A path from the input 'data' avoids the keys: it passes 'add0'."


def test_a_key_that_is_not_read_is_named():
    assert split_view(tiny_graph(), ["pool0", "add0"])["problems"] == ["The key 'add0' is not read above the other keys."]


def test_an_unknown_key_is_named_and_left_out():
    found = split_view(tiny_graph(), ["nothing", "data", "pool0", "pool0"])
    assert found["keys"] == ["pool0"]
    assert found["problems"] == ["There is no operator called 'nothing'.", "There is no operator called 'data'."]


def test_what_is_not_supported_must_not_stay_in_the_base():
    graph = with_strange(tiny_graph(), "relu0")
    assert split_view(graph, ["add0"])["problems"] == [
        "BoxNms 'relu0' would stay below, but cannot become integers. Its result depends on the order of floats."
    ]
    assert split_view(graph, ["bn0"])["problems"] == []


@pytest.mark.parametrize(("strange", "offered"), [("fc0", "flatten0"), ("add0", "relu0"), ("relu0", "bn0")])
def test_candidates_go_round_what_is_not_supported(strange, offered):
    graph = with_strange(tiny_graph(), strange)
    found = split_view(graph, [])
    assert offered in found["around"]
    assert "BoxNms" in {c["id"]: c["why"] for c in found["candidates"]}[offered]
    assert split_view(graph, found["around"])["problems"] == []


def test_nothing_is_offered_below_the_first_operator():
    found = split_view(with_strange(tiny_graph(), "conv0"), [])
    assert (found["around"], found["candidates"]) == ([], [])


def test_a_form_that_is_refused_counts_like_an_operator_that_is():
    found = split_view(tiny_graph(), ["flatten0"], refused={"pool0": "Its window is too large."})
    assert found["problems"] == ["Pooling 'pool0' would stay below, but cannot become integers. Its window is too large."]
    assert found["around"] == ["add0"]


def test_the_keys_offered_are_those_of_the_check(tmp_path):
    session = Session(tmp_path / "project", {"load": {"model": str(write_model(detector(), tmp_path, "detector").symbol)}})
    session.configure("prepare", input_shape=[-1, 3, 16, 16])
    check_session(session)
    found = split_of(session, KEYS)
    assert found["around"] == verdict(session)["split_keys"] == ["rows"]
    assert found["problems"] == []
    assert split_of(session, ["nms"])["problems"][0].startswith("_contrib_box_nms 'nms' would stay below")


def test_a_range_explosion_is_a_candidate():
    graph = tiny_graph()
    thresholds = {n.name: 1.0 for n in graph.nodes}
    assert explosions(graph, {**thresholds, "pool0": 100.0}) == {}
    assert explosions(graph, {**thresholds, "pool0": 101.0}) == {"pool0": 101.0}
    (offer,) = candidates(graph, {**thresholds, "pool0": 5000.0}, ())
    assert offer == {"id": "add0", "why": "Below 'pool0', whose values are 5,000 times as large as those around it."}


def test_a_session_knows_shapes_and_thresholds(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("load")
    found = split_of(session, ["pool0"])
    assert found["shapes"] == {"pool0": "1 x 8 x 4 x 4"}
    assert found["candidates"] == []
    session.run("calibrate")
    session.thresholds["pool0"] = 1e6
    assert [c["id"] for c in split_of(session, [])["candidates"]] == ["add0"]


def test_shapes_are_left_out_when_the_input_shape_does_not_fit(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.configure("prepare", input_shape=[1, 3, 2, 2])
    session.run("load")
    assert split_of(session, ["pool0"])["shapes"] == {}
