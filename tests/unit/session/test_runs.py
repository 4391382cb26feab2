"""Runs: recorded at each evaluation, in a tree that follows the edits, compared, reopened, picked from, exported."""

import csv
import json
import shutil

import pytest

from mrt_studio.cvm.ledger import ledger
from mrt_studio.errors import OptionError
from mrt_studio.session.runs import tree
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give a project with three runs: the second and the third were both made from the first."""
    folder = tmp_path_factory.mktemp("runs")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("evaluate")
    session.thresholds["conv1"] = 1.0
    session.run("evaluate")
    session.undo()
    session.configure("quantize", observer="mrt_lambda(lambd=5)")
    session.run("evaluate")
    session.run("compile")
    session.save()
    return folder / "project"


@pytest.fixture
def session(made, tmp_path):
    return Session(shutil.copytree(made, tmp_path / "copy"))


def numbers(session):
    return [(run.number, run.parent) for run in session.runs.list()]


def test_each_evaluation_is_a_run_under_the_one_it_was_made_from(session):
    assert numbers(session) == [(1, None), (2, 1), (3, 1)]
    assert [(run.number, depth) for run, depth in tree(session.runs.list())] == [(1, 0), (2, 1), (3, 1)]
    assert [c.path for c in session.runs.changes(session.runs[2])] == ["quantize.thresholds"]
    assert session.runs.changes(session.runs[1]) == ()


def test_a_runs_figures_are_those_of_its_artifacts(session):
    run = session.runs[3]
    assert run.recipe["quantize"]["observer"] == "mrt_lambda(lambd=5)"
    assert run.keys == {stage: session.key(stage) for stage in run.keys}
    evaluation = session.artifact("evaluate")
    assert {name: run.figures[name] for name in evaluation.figures} == evaluation.figures
    compiled = session.summary("compile")["summary"]
    assert run.figures["gas"] == compiled["gas"]
    assert run.figures["storage"] == compiled["parameter_bytes"]
    assert run.figures["bits"] == max(entry.bits for entry in ledger(session.artifact("quantize").lowered.graph).values())
    assert run.thresholds == session.artifact("quantize").thresholds


def test_what_is_evaluated_again_is_the_same_run(session):
    session.runs.name(3, "the third")
    session.run("evaluate", force=True)
    assert numbers(session) == [(1, None), (2, 1), (3, 1)]
    assert session.runs[3].name == "the third"


def test_an_edit_after_reopening_goes_under_the_reopened_run(session):
    session.runs.reopen(2)
    assert session.recipe() == session.runs[2].recipe
    assert session.runs.current() == session.runs[2]
    assert session.done("evaluate")
    assert session.history.entries[-1].note == "reopened Run 2"
    session.thresholds["conv0"] = 2.0
    assert session.runs.current() is None
    session.run("evaluate")
    assert numbers(session)[-1] == (4, 2)
    assert [run.number for run, _ in tree(session.runs.list())] == [1, 2, 4, 3]


def test_a_deleted_runs_children_go_to_its_origin(session):
    session.runs.reopen(2)
    session.configure("quantize", shift_bits=3)
    session.run("evaluate")
    session.runs.delete(2)
    assert numbers(session) == [(1, None), (3, 1), (4, 1)]
    session.runs.delete(1)
    assert numbers(session) == [(3, None), (4, None)]
    with pytest.raises(OptionError, match="no run 2"):
        session.runs.reopen(2)


def test_names_and_notes_are_kept_and_bounded(session):
    session.runs.name(1, "  start ")
    session.runs.note(1, "MRT's own\nthresholds")
    again = Session(session.store.folder).runs[1]
    assert (again.name, again.title, again.note) == ("start", "start", "MRT's own\nthresholds")
    for text in ("x" * 101, "a\0b"):
        with pytest.raises(OptionError, match="cannot be kept"):
            session.runs.name(1, text)


def test_two_runs_are_compared_by_options_thresholds_and_figures(session):
    found = session.runs.compare(2, 3)
    assert found["options"] == [{"option": "quantize.observer", "name": "", "a": "absmax", "b": "mrt_lambda(lambd=5)"}]
    thresholds = {row["name"]: (row["a"], row["b"]) for row in found["thresholds"]}
    assert thresholds["conv1"] == (1.0, session.runs[3].thresholds["conv1"])
    assert all(a != b for a, b in thresholds.values())
    assert {"name": "gas", "a": session.runs[2].figures["gas"], "b": session.runs[3].figures["gas"]} in found["figures"]
    same = session.runs.compare(1, 1)
    assert (same["options"], same["thresholds"]) == ([], [])


def test_thresholds_are_picked_from_another_run(session):
    session.thresholds["conv0"] = 3.0
    session.runs.cherry_pick(2, ["conv1"])
    assert session.thresholds.edited == {"conv0": 3.0, "conv1": 1.0}
    session.undo()
    assert session.thresholds.edited == {"conv0": 3.0}
    with pytest.raises(OptionError, match="no threshold of 'nothing'"):
        session.runs.cherry_pick(2, ["conv1", "nothing"])
    assert session.thresholds.edited == {"conv0": 3.0}


def test_runs_are_exported_as_json_and_csv(session, tmp_path):
    session.runs.name(2, 'a "name", with marks')
    assert session.runs.export(tmp_path / "runs.json") == 3
    assert [run["recipe"] for run in json.loads((tmp_path / "runs.json").read_text())] == [run.recipe for run in session.runs.list()]
    session.runs.export(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["name"] == 'a "name", with marks'
    assert [float(row["sqnr"]) for row in rows] == [run.figures["sqnr"] for run in session.runs.list()]
    with pytest.raises(OptionError, match="cannot be written"):
        session.runs.export(tmp_path / "runs.txt")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"number": "1"}', b"[" * 100_000])
def test_a_damaged_file_is_no_run_and_its_number_stays_taken(session, damage):
    (session.store.folder / "runs" / "000003.json").write_bytes(damage)
    assert numbers(session) == [(1, None), (2, 1)]
    session.run("evaluate", force=True)
    assert numbers(session)[-1][0] == 4
