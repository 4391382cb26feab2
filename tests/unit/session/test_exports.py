"""Exports of a session whose names are hostile: recipes read back, code runs, the report holds text as text."""

import ast
import csv
import html.parser
import io
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.recipes.base import recipe_formats
from mrt_studio.session.analysis import measure
from mrt_studio.session.exports.base import GROUPS, export, export_file, exporters, file_name, formats, save_export
from mrt_studio.session.exports.mrt_recipe import lost
from mrt_studio.session.recipe_run import plan_recipe
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_graph, tiny_model, tiny_recipe, write_model

HOSTILE = "=x'''</td><script>alert(1)</script>{n}"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Give a session that ran to its end on a net with a hostile name; tests only read it."""
    folder = tmp_path_factory.mktemp("exports")
    files = write_model(tiny_graph(), folder, "tiny")
    files.symbol.write_text(files.symbol.read_text().replace('"pool0"', json.dumps(HOSTILE)))
    session = Session(folder / "project", tiny_recipe(files))
    session.thresholds[HOSTILE] = 1.25
    session.run("evaluate")
    session.run("compile")
    measure(session, "errors")
    return session


@pytest.fixture
def fresh(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))


class Markup(html.parser.HTMLParser):
    """Collects tags, the text, and addresses."""

    def __init__(self):
        super().__init__()
        self.tags, self.words, self.addresses = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "style", "onload", "xlink:href")]

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("name", exporters)
def test_every_format_is_written_the_same_twice_and_has_a_file_of_its_own(done, name):
    assert export(done, name) == export(done, name)
    assert export_file(done, file_name(name)) == export(done, name)
    assert re.fullmatch(r"[\w.-]+", file_name(name))
    assert exporters[name].group in GROUPS
    assert (exporters[name].__doc__ or "").strip()


def test_file_names_differ():
    assert len({file_name(name) for name in exporters}) == len(exporters)


def test_what_is_missing_is_said_and_refused(fresh):
    missing = {row["name"]: row["missing"] for row in formats(fresh)}
    assert missing["recipe"] == missing["report"] == missing["script"] == ""
    assert "Evaluate" in missing["results_csv"]
    with pytest.raises(ArtifactError):
        export(fresh, "results_csv")
    with pytest.raises(OptionError):
        export_file(fresh, "../recipe.toml")
    with pytest.raises(OptionError):
        export(fresh, "pdf")
    fresh.run("quantize")
    assert {row["name"]: row["missing"] for row in formats(fresh)}["errors_json"]


def test_a_file_is_written_and_a_missing_folder_is_refused(fresh, tmp_path):
    assert save_export(fresh, "recipe", tmp_path / "r.toml") == (tmp_path / "r.toml").stat().st_size
    with pytest.raises(OptionError):
        save_export(fresh, "recipe", tmp_path / "no" / "r.toml")


def test_the_recipe_reads_back(done):
    assert tomllib.loads(export(done, "recipe").decode()) == done.recipe()


@pytest.mark.parametrize("form", ["mrt_yaml", "mrt_ini"])
def test_a_configuration_of_mrt_reads_back_but_for_what_its_comments_name(done, form):
    text = export(done, form).decode()
    read = plan_recipe(recipe_formats[form]().read(text, (), form).recipe).options
    assert read["quantize"]["thresholds"] == {HOSTILE: 1.25}
    assert Path(read["load"]["model"]) == Path(done["load"].options()["model"])
    assert read["calibrate"] == {name: value for name, value in done["calibrate"].options().items() if name in ("dataset", "batch", "count")}
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert any("quantize.table_bits = 12" in line for line in comments)
    assert not any(f".{name} " in line for line in comments for name in ("thresholds", "model", "batch", "count", "observer", "input_shape"))


@pytest.mark.parametrize("form", ["mrt_yaml", "mrt_ini"])
def test_an_observer_that_mrt_lacks_becomes_thresholds(fresh, form):
    fresh.configure("quantize", observer="percentile(percent=99.0)", weights="channel")
    assert any("quantize.observer" in line for line in export(fresh, form).decode().splitlines())
    fresh.run("calibrate")
    text = export(fresh, form).decode()
    read = plan_recipe(recipe_formats[form]().read(text, (), form).recipe).options
    assert read["quantize"]["thresholds"] == {name: value for name, value in fresh.thresholds.items() if value > 0}
    assert "# Not expressed: quantize.weights = 'channel'; here it is 'tensor'." in text


def test_what_is_lost_is_found_by_reading_back(fresh):
    recipe = fresh.recipe()
    assert not [line for line in lost(recipe, "[x", "mrt_ini") if "Not expressed" in line]
    recipe["load"]["model"] = "demo:lenet"
    assert any("load.model" in line for line in lost(recipe, export(fresh, "mrt_yaml").decode(), "mrt_yaml"))


def test_the_script_makes_the_same_files_in_a_fresh_process(done, tmp_path):
    script = tmp_path / "again.py"
    script.write_bytes(export(done, "script"))
    found = subprocess.run([sys.executable, script, tmp_path / "project"], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    again = Session(tmp_path / "project", done.recipe())
    for stage in ("prepare", "calibrate", "quantize", "compile"):
        assert again.store.files(stage, again.key(stage)) == done.store.files(stage, done.key(stage)), stage
    other = script.read_text().replace("'thresholds': {", "'thresholds': {'conv1': 0.5, ", 1)
    script.write_text(other)
    found = subprocess.run([sys.executable, script], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert "The files of quantize are not those that were exported." in found.stderr


def test_the_notebook_is_valid_and_holds_the_code_of_the_script(done):
    notebook = nbformat.reads(export(done, "notebook").decode(), as_version=4)
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    for source in code:
        ast.parse(source)
    assert any(HOSTILE in str(ast.literal_eval(source.partition("= ")[2])) for source in code if source.startswith("RECIPE"))


def test_the_report_holds_names_as_text_and_asks_nobody_for_anything(done):
    page = Markup()
    page.feed(export(done, "report").decode())
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert page.addresses == []
    text = "".join(page.words)
    assert HOSTILE in text
    for title in ("Results", "Precision", "Errors", "Tensors", "Runs", "Options"):
        assert title in page.words
    assert {"svg", "table", "rect", "path"} <= page.tags
    assert "http" not in text.replace("http-equiv", "")


def test_a_report_of_a_session_that_has_not_run_is_short(fresh):
    text = export(fresh, "report").decode()
    assert "<h2>Options</h2>" in text
    assert "<h2>Results</h2>" not in text


def test_tables_hold_what_the_session_has(done):
    rows = list(csv.DictReader(io.StringIO(export(done, "tensors_csv").decode())))
    plain = json.loads(export(done, "tensors_json"))
    assert [row["op"] for row in rows] == [row["op"] for row in plain]
    assert float(next(row["threshold"] for row in rows if row["name"] == f"'{HOSTILE}")) == 1.25
    assert next(row["edited"] for row in plain if row["name"] == HOSTILE) is True
    assert json.loads(export(done, "ledger_json"))[0]["op"] == "input"
    errors = json.loads(export(done, "errors_json"))
    assert sum(row["share"] for row in errors) == pytest.approx(1)
    assert len(json.loads(export(done, "results_json"))) == 8
    assert json.loads(export(done, "runs_json"))[0]["number"] == 1
