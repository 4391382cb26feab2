"""Overlays: every one has finite values for nodes that exist, and what a person brings is checked."""

from __future__ import annotations

import json
import math

import pytest

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import ArtifactError, FormatError, OptionError
from mrt_studio.session.analysis import ANALYSES, forget, measure, stored_errors, stored_times
from mrt_studio.session.graph_payload import graph_view
from mrt_studio.session.graphs import GRAPHS, lineage
from mrt_studio.session.overlays.base import available, overlay_of, overlays
from mrt_studio.session.session import Session
from mrt_studio.session.user_overlay import check_overlay, overlay_file, read_overlay, stage_overlay
from mrt_studio.session.views import tensor_rows
from tests.models.tiny import tiny_model, tiny_recipe

PER_TENSOR = ("threshold", "scale", "precision", "saturation", "bits", "head room")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overlays")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.thresholds["conv1"] = 1.0
    session.run("compile")
    for name in ANALYSES:
        measure(session, name)
    return session


@pytest.mark.parametrize("name", overlays)
@pytest.mark.parametrize("stage", GRAPHS)
def test_values_are_finite_and_of_nodes_that_are_shown(done, stage, name):
    found = overlay_of(done, stage, name)
    ids = {node["id"] for node in graph_view(done, stage)["nodes"]}
    assert found["values"]
    assert set(found["values"]) <= ids
    assert set(found) == {"label", "values", "low", "high", "unit", "scale", "better", "adds_up"}
    if found["scale"] == "category":
        assert all(isinstance(v, str) for v in found["values"].values())
        return
    assert all(math.isfinite(v) for v in found["values"].values())
    assert (found["low"], found["high"]) == (min(found["values"].values()), max(found["values"].values()))
    assert found["scale"] != "log" or found["low"] > 0
    json.dumps(found)


@pytest.mark.parametrize("name", PER_TENSOR)
@pytest.mark.parametrize("stage", ["prepare", "quantize", "compile"])
def test_what_belongs_to_tensors_is_known_for_every_node(done, stage, name):
    ids = {node["id"] for node in graph_view(done, stage)["nodes"]}
    assert set(overlay_of(done, stage, name)["values"]) == ids


def test_tensors_numbers_are_those_of_the_table(done):
    for name, column in (("threshold", "threshold"), ("scale", "scale"), ("precision", "precision")):
        found = overlay_of(done, "prepare", name)["values"]
        assert found == {row["name"]: row[column] for row in tensor_rows(done)}
    assert overlay_of(done, "prepare", "saturation")["values"]["conv1"] > 0
    assert overlay_of(done, "prepare", "saturation")["values"]["fc0"] == 0


def test_an_overlay_is_read_from_a_file(tmp_path):
    path = tmp_path / "times.json"
    path.write_text('{"label": "time", "values": {"a": 1.5}}')
    assert overlay_file(path, NODES)["values"] == {"a": 1.5}
    path.write_bytes(b"\xff")
    for name in ("times.json", "nothing.json"):
        with pytest.raises(FormatError, match="cannot be read"):
            overlay_file(tmp_path / name, NODES)


def test_a_file_is_about_the_nodes_of_its_stage(done):
    content = b'{"label": "x", "values": {"bn0": 1}}'
    assert stage_overlay(done, "load", content)["values"] == {"bn0": 1}
    with pytest.raises(FormatError, match="no node"):
        stage_overlay(done, "prepare", content)
    with pytest.raises(FormatError, match="cannot be read"):
        stage_overlay(done, "load", b"\xff")


@pytest.mark.parametrize("stage", GRAPHS)
def test_gas_is_counted_once(done, stage):
    graph = done.artifact("quantize").lowered.graph
    parameters = sum(gas(graph).nodes[name] for name in graph.params)
    found = overlay_of(done, stage, "gas")["values"]
    assert sum(found.values()) == gas(graph).total - parameters


@pytest.mark.parametrize("stage", GRAPHS)
def test_shares_and_times_add_up(done, stage):
    shares = overlay_of(done, stage, "share")["values"]
    assert sum(shares.values()) == pytest.approx(100 * sum(row.share for row in stored_errors(done)[:-1]))
    assert sum(overlay_of(done, stage, "time")["values"].values()) == pytest.approx(1000 * sum(stored_times(done).values()))


def test_ratios_are_those_that_were_measured(done):
    rows = stored_errors(done)[:-1]
    for name in ("isolated", "cumulative"):
        known = {row.name: getattr(row, name).get("sqnr") for row in rows}
        assert overlay_of(done, "prepare", name)["values"] == {node: value for node, value in known.items() if value is not None}


def test_what_is_not_measured_is_said_with_what_to_measure(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("quantize")
    measure(session, "times")
    problems = {row["name"]: row["problem"] for row in available(session, "quantize")}
    assert problems["share"] == "Measure errors first."
    assert problems["time"] == problems["gas"] == ""
    forget(session, "times")
    with pytest.raises(ArtifactError, match="Measure times first"):
        overlay_of(session, "quantize", "time")


@pytest.mark.parametrize("stage", ["load", "prepare"])
def test_a_node_is_as_wide_as_the_widest_of_its_integers(done, stage):
    rows = prove(done.artifact("quantize").lowered.graph)
    found = overlay_of(done, stage, "bits")["values"]
    for name, made in lineage(done, stage, "quantize").items():
        if name in found:
            assert found[name] == max(rows[m].bits for m in made)
    room = overlay_of(done, stage, "head room")
    assert room["values"] == {name: 32 - bits for name, bits in found.items()}
    assert room["better"] == "high"


def test_parameters_are_counted_once(done):
    graph = done.artifact("load").graph
    found = overlay_of(done, "load", "parameters")["values"]
    assert sum(found.values()) == sum(a.size for a in graph.params.values())
    assert found["conv0"] == 8 * 3 * 3 * 3


def test_operators_are_words(done):
    assert overlay_of(done, "load", "operator")["values"]["conv0"] == "Convolution"


def test_what_is_missing_is_said(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    with pytest.raises(ArtifactError, match="has not run"):
        overlay_of(session, "load", "operator")
    session.run("load")
    problems = {row["name"]: row["problem"] for row in available(session, "load")}
    assert problems["operator"] == ""
    assert problems["gas"].endswith("has not run.")
    with pytest.raises(ArtifactError, match="has not run"):
        overlay_of(session, "load", "gas")
    with pytest.raises(OptionError, match="no overlay"):
        overlay_of(session, "load", "beauty")


def test_every_overlay_says_what_it_shows(done):
    for row in available(done, "quantize"):
        assert row["help"].endswith(".")
        assert row["label"]
        assert row["problem"] == ""


NODES = ("a", "b")


def test_a_persons_overlay_is_read():
    found = read_overlay('{"label": "time", "unit": "ms", "values": {"a": 1.5, "b": 3}, "better": "low"}', NODES)
    assert found == {"label": "time", "values": {"a": 1.5, "b": 3}, "low": 1.5, "high": 3, "unit": "ms", "scale": "linear", "better": "low", "adds_up": False}


def test_words_are_categories_and_ends_can_be_given():
    assert check_overlay({"label": "kind", "values": {"a": "x"}}, NODES)["scale"] == "category"
    found = check_overlay({"label": "dB", "values": {"a": 20}, "low": 0, "high": 40}, NODES)
    assert (found["low"], found["high"]) == (0, 40)
    assert check_overlay({"label": "log", "values": {"a": 0, "b": 2}, "scale": "log"}, NODES)["values"] == {"b": 2}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "valid JSON"),
        ("[" * 100_000, "valid JSON"),
        ("[]", "must be an object"),
        ('{"label": "x"}', "values must be"),
        ('{"label": "x", "values": [1]}', "values must be"),
        ('{"values": {"a": 1}}', "label"),
        ('{"label": "", "values": {"a": 1}}', "label"),
        ('{"label": "x", "values": {"c": 1}}', "no node"),
        ('{"label": "x", "values": {"a": NaN}}', "valid JSON"),
        ('{"label": "x", "values": {"a": 1e999}}', "value of"),
        ('{"label": "x", "values": {"a": true}}', "value of"),
        ('{"label": "x", "values": {"a": null}}', "value of"),
        ('{"label": "x", "values": {"a": "\\u202e"}}', "printed"),
        ('{"label": "x", "values": {"a": 1}, "scale": "cubic"}', "scale"),
        ('{"label": "x", "values": {"a": "t"}, "scale": "log"}', "category"),
        ('{"label": "x", "values": {"a": 1}, "better": "blue"}', "better"),
        ('{"label": "x", "values": {"a": 1}, "adds_up": 1}', "add up"),
        ('{"label": "x", "values": {"a": 1}, "low": 3, "high": 2}', "ends"),
        ('{"label": "x", "values": {"a": 1}, "low": "a"}', "ends"),
        ('{"label": "x", "values": {"a": 1}, "nodes": 2}', "unknown key"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text, words):
    with pytest.raises(FormatError, match=words):
        read_overlay(text, NODES)
