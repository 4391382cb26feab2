import numpy as np
import pytest

from mrt_studio.errors import ArtifactError
from mrt_studio.session import graphs, views
from mrt_studio.session.graph_payload import graph_view
from mrt_studio.session.outcome import artifact, results, write_zip
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER
from tests.models.tiny import tiny_graph, tiny_model, tiny_recipe, write_model


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the net with an input that `prepare` has to rename."""
    folder = tmp_path_factory.mktemp("views")
    files = write_model(tiny_graph(), folder, "tiny")
    files.symbol.write_text(files.symbol.read_text().replace('"data"', '"picture"'))
    return files


@pytest.fixture(scope="module")
def done(files):
    """Give a session that ran to its end, with one threshold set by hand; tests only read it."""
    session = Session(files.symbol.parent / "project", tiny_recipe(files))
    session.thresholds["conv1"] = 1.0
    session.run("evaluate")
    session.run("compile")
    return session


@pytest.fixture
def fresh(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))


@pytest.mark.parametrize("stage", graphs.GRAPHS)
def test_a_graph_view_is_a_graph(done, stage):
    shown = graph_view(done, stage)
    graph = graphs.stage_graph(done, stage)
    ids = [node["id"] for node in shown["nodes"]]
    assert len(set(ids)) == len(ids) == len(graph.operators) + 1
    assert len({tuple(edge[:2]) for edge in shown["edges"]}) == len(shown["edges"])
    order = {name: i for i, name in enumerate(ids)}
    assert all(order[tail] < order[head] for tail, head, _ in shown["edges"])  # both ends exist, and no cycle
    reached = {head for _, head, _ in shown["edges"]}
    assert set(ids) - reached == {graph.inputs[0].name}
    listed = sum(len(node["params"]) for node in shown["nodes"])
    assert listed == sum(ref.name in graph.params for node in graph.nodes for ref in node.inputs)


def test_a_graph_view_shows_shapes_once_they_are_known(done):
    assert all(node["shape"] == "" for node in graph_view(done, "load")["nodes"] if node["kind"] != "input")
    assert {node["id"]: node["shape"] for node in graph_view(done, "prepare")["nodes"]}["conv1"] == "1 x 8 x 8 x 8"
    cards = {node["id"]: node for node in graph_view(done, "quantize")["nodes"]}
    assert cards["data"]["badge"] == "8 bit"
    assert cards["conv1"]["op"] == "conv2d"
    assert cards["conv1"]["params"] == ["weight 8 x 8 x 3 x 3", "bias 8"]
    assert any(card["kind"] == "quantize" for card in cards.values())


@pytest.mark.parametrize("stage", ORDER)
def test_nothing_is_shown_before_it_is_made(fresh, stage):
    row = {row["stage"]: row for row in views.pipeline(fresh)}[stage]
    assert row["done"] is False
    assert row["plan"][-1] == stage
    assert row["problem"] == ""
    for look in (views.tensor_rows, lambda s: graph_view(s, "load"), results, artifact):
        with pytest.raises(ArtifactError):
            look(fresh)


def test_the_pipeline_tells_what_is_done(done):
    rows = views.pipeline(done)
    assert [row["stage"] for row in rows] == list(ORDER)
    assert all(row["done"] and row["title"] and row["help"] and row["plan"] == [] and row["seconds"] >= 0 for row in rows)


def test_rows_hold_what_quantization_made(done):
    rows = {row["name"]: row for row in views.tensor_rows(done)}
    lowered = done.artifact("quantize").lowered
    graph = done.artifact("prepare").graph
    assert list(rows) == [n.name for n in graph.nodes if n.name not in graph.params]
    for name, row in rows.items():
        assert row["scale"] == lowered.tensors[name].scale
        assert row["precision"] == lowered.tensors[name].precision
        assert row["observed"] == done.artifact("calibrate").stats[name].absmax
        assert row["threshold"] == (1.0 if name == "conv1" else row["observed"])
        assert row["edited"] is (name == "conv1")
    assert rows["data"]["op"] == "input"
    fracs = sorted(s.frac for s in lowered.steps if s.frac != 1)
    shifts = sorted(s.shift for s in lowered.steps if s.shift)
    assert sorted(int(x) for row in rows.values() for x in row["multiplier"].split(", ") if x) == fracs
    assert sorted(int(x) for row in rows.values() for x in row["shift"].split(", ") if x) == shifts


def test_rows_before_quantization_have_thresholds_only(fresh):
    fresh.run("prepare")
    assert all(row["threshold"] is None and row["scale"] is None for row in views.tensor_rows(fresh))
    fresh.run("calibrate")
    assert all(row["threshold"] > 0 and row["scale"] is None for row in views.tensor_rows(fresh))


@pytest.mark.parametrize("stage", graphs.GRAPHS)
def test_every_node_has_details(done, stage):
    graph = graphs.stage_graph(done, stage)
    for node in graph.nodes:
        details = views.node_details(done, stage, node.name)
        assert details["name"] == node.name
        assert details["op"]
        assert details["help"]
        assert details["inputs"] == [ref.name for ref in node.inputs]
        assert all(reader in graph for reader in details["consumers"])
        if "statistics" in details:
            found = details["statistics"]
            assert len(found["edges"]) == len(found["counts"]) <= 256
            assert found["min"] <= found["mean"] <= found["max"]
            assert sum(found["counts"]) == found["samples"] * done.artifact("calibrate").stats[details["tensor"]].size
            assert found["edges"][0] <= found["min"]
            assert found["max"] <= found["edges"][-1] + found["width"]
    with pytest.raises(ArtifactError, match="no node"):
        views.node_details(done, stage, "nothing")


def test_details_show_the_share_that_is_clipped(done):
    clipped = views.node_details(done, "quantize", "conv1")["statistics"]["clipped"]
    assert 0 < clipped < 1
    assert views.node_details(done, "prepare", "fc0")["statistics"]["clipped"] == 0


CHAIN = [("picture", "data"), ("conv0", "conv0"), ("relu0", "relu0"), ("conv1", "conv1"), ("add0", "add0"), ("pool0", "pool0"), ("fc0", "fc0")]


@pytest.mark.parametrize(("original", "prepared"), CHAIN)
def test_counterparts_go_both_ways(done, original, prepared):
    assert prepared in graphs.counterparts(done, original, "load", "prepare")
    assert original in graphs.counterparts(done, prepared, "prepare", "load")
    integers = graphs.counterparts(done, prepared, "prepare", "quantize")
    assert prepared in integers
    assert graphs.counterparts(done, original, "load", "quantize") == integers
    for name in integers:
        assert graphs.counterparts(done, name, "quantize", "prepare") == [prepared]
        assert original in graphs.counterparts(done, name, "quantize", "load")


def test_what_was_folded_is_found_in_what_took_it_in(done):
    assert graphs.counterparts(done, "bn0", "load", "prepare") == ["conv0"]
    assert set(graphs.counterparts(done, "conv0", "prepare", "load")) == {"conv0", "bn0"}
    assert set(graphs.counterparts(done, "conv0", "quantize", "load")) == {"conv0", "bn0"}


@pytest.mark.parametrize("stage", graphs.GRAPHS)
def test_every_node_has_a_tensor_and_is_its_own_counterpart(done, stage):
    tensors = {row["name"] for row in views.tensor_rows(done)}
    for node in graph_view(done, stage)["nodes"]:
        assert graphs.tensor_of(done, stage, node["id"]) in tensors
        assert graphs.counterparts(done, node["id"], stage, stage) == [node["id"]]


def test_counterparts_need_both_stages(fresh):
    fresh.run("prepare")
    with pytest.raises(ArtifactError):
        graphs.counterparts(fresh, "conv0", "load", "quantize")


def test_results_put_changed_classes_first(done):
    found = results(done)
    assert found["verified"] == 1
    assert len(found["rows"]) == 8
    agrees = [row["agrees"] for row in found["rows"]]
    assert agrees == sorted(agrees)
    assert found["figures"]["agreement"] == pytest.approx(100 * np.mean(agrees))


def test_the_zip_holds_the_artifact(done, tmp_path):
    import zipfile

    for name in ("a.zip", "b.zip"):
        write_zip(done, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    found = artifact(done)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert [i.filename for i in archive.infolist()] == [f"model/{entry['name']}" for entry in found["files"]]
        assert [i.file_size for i in archive.infolist()] == [entry["bytes"] for entry in found["files"]]


def test_the_pipeline_tells_why_it_cannot_run(tmp_path):
    rows = views.pipeline(Session(tmp_path))
    assert all(row["problem"] == "No model is named." and not row["done"] and row["plan"] == [row["stage"]] for row in rows)
