"""`mrt-studio runs` and `mrt-studio history`, and what the other commands enter there."""

import json

import pytest

from mrt_studio.cli import main
from mrt_studio.recipes.toml import write_toml
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Give a project with two runs, made by the command line."""
    folder = tmp_path_factory.mktemp("cli-runs")
    recipe = tiny_recipe(tiny_model(folder))
    for name, observer in (("first", "absmax"), ("second", "kl")):
        path = folder / f"{name}.toml"
        path.write_text(write_toml({**recipe, "quantize": {"observer": observer}}))
        assert main(["run", str(path), "--project", str(folder / "project")]) == 0
    return folder / "project"


@pytest.fixture
def run(capsys):
    """Give a function from words to what the command prints."""

    def run(*words, code=0):
        assert main([str(word) for word in words]) == code
        return capsys.readouterr()

    return run


def test_runs_are_listed_as_a_tree(run, project):
    lines = run("runs", project).out.splitlines()
    assert [line.split()[0] for line in lines] == ["run", "1", "2"]
    assert lines[2].startswith("  2 ")
    found = json.loads(run("runs", project, "--json").out)
    assert [(r["number"], r["parent"], r["recipe"]["quantize"]["observer"]) for r in found] == [(1, None, "absmax"), (2, 1, "kl")]


def test_two_runs_are_compared(run, project):
    out = run("runs", project, "--compare", "1", "2").out
    assert "quantize.observer" in out
    assert "absmax" in out
    assert "Run 2" in out
    assert json.loads(run("runs", project, "--compare", "1", "2", "--json").out) == Session(project).runs.compare(1, 2)
    assert "There is no run 9." in run("runs", project, "--compare", "1", "9", code=1).err


def test_a_run_is_reopened_and_can_be_undone(run, project, tmp_path):
    before = (project / "recipe.toml").read_bytes()
    assert "those of Run 1" in run("runs", project, "--reopen", "1").out
    session = Session(project)
    assert session["quantize"].options()["observer"] == "absmax"
    assert session.undo()
    session.save()
    assert (project / "recipe.toml").read_bytes() == before


def test_runs_are_exported(run, project, tmp_path):
    assert "2 runs written" in run("runs", project, "--export", tmp_path / "runs.csv").out
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 3


def test_the_history_says_which_command_changed_what(run, project):
    out = run("history", project).out
    assert "command line: change (recipe second.toml)" in out
    assert "quantize.observer: absmax -> kl" in out
    entries = json.loads(run("history", project, "--json").out)
    assert entries[1]["changes"] == [{"stage": "quantize", "option": "observer", "name": "", "before": "absmax", "after": "kl"}]


def test_a_stage_command_is_one_entry(run, project):
    run("quantize", "--project", project, "--observer", "absmax", "--shift-bits", "4")
    entry = Session(project).history.entries[-1]
    assert (entry.who, entry.note) == ("command line", "quantize")
    assert [c.option for c in entry.changes] == ["observer", "shift_bits"]
