"""The notebook's studio: all widgets of a session in step, with code and with ipywidgets' own tools."""

from __future__ import annotations

import ipywidgets
import pytest
import traitlets

from mrt_studio.session.session import Session
from mrt_studio.ui.widgets.jobs import jobs_of
from mrt_studio.widgets import Studio, ThresholdLab
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def session(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    yield session
    jobs_of(session).close()


def test_parts_appear_when_their_stages_have_run(session):
    studio = Studio(session)
    assert (studio.graph.view, studio.lab.lab, studio.precision.ledger) == (None, None, None)
    studio.run("calibrate")
    assert studio.graph.view.stage == "load"
    assert studio.lab.lab.tensor == studio.lab.tensor != ""
    studio.run("quantize")
    studio.graph.stage = "quantize"
    assert {node["id"] for node in studio.graph.view.graph["nodes"]} >= {"conv1"}
    studio.precision.ledger.select("conv1")
    assert studio.graph.view.selected == ["conv1"]
    assert (studio.lab.tensor, studio.lab.lab.tensor) == ("conv1", "conv1")
    assert studio.errors.selected == "conv1"


def test_code_the_line_and_the_plots_are_one(session):
    studio = Studio(session)
    studio.run("quantize")
    studio.lab.tensor = "relu0"
    studio.errors.measure([0, 1])
    before = [row["share"] for row in studio.errors.found["rows"]]
    session.thresholds["relu0"] = 0.5
    assert studio.lab.lab.threshold == 0.5
    assert studio.bar.states["quantize"] == "wait"
    assert "Out of date" in studio.precision.ledger.words.value
    assert studio.errors.found == {}
    studio.lab.lab.threshold = 0.4
    assert session.thresholds.edited == {"relu0": 0.4}
    studio.run("quantize", "channels")
    assert "Out of date" not in studio.precision.ledger.words.value
    studio.run("errors")
    assert [row["share"] for row in studio.errors.found["rows"]] != before


def test_a_session_that_ran_before_is_shown_at_once(measured):
    studio = Studio(measured, theme="dark")
    studio.graph.stage = "prepare"
    assert studio.graph.view.theme == "dark"
    assert studio.errors.figure is not None
    still = studio._repr_mimebundle_()["text/html"]
    for words in ("Quantize", "conv1", "data:image/svg+xml", "The widest of"):
        assert words in still
    studio.close()
    studio.close()


def test_a_session_without_a_model_shows_an_empty_studio(tmp_path):
    session = Session(tmp_path / "project")
    studio = Studio(session)
    assert studio.still()
    session.use(tiny_recipe(tiny_model(tmp_path)))
    session.run("load")
    assert studio.graph.view is not None
    studio.close()


def test_a_stage_that_has_not_run_is_named(session):
    session.run("load")
    studio = Studio(session)
    studio.graph.stage = "compile"
    assert "Run Compile" in studio.graph._note.value
    assert studio.graph.view.stage == "load"


def test_observe_link_and_interact_work(session):
    session.run("calibrate")
    lab, slider, told = ThresholdLab(session, "relu0"), ipywidgets.FloatSlider(min=0, max=50, step=0.01), []
    lab.observe(lambda change: told.append(change.new), "threshold")
    traitlets.link((lab, "threshold"), (slider, "value"))
    slider.value = 2.0
    assert session.thresholds.edited == {"relu0": 2.0}
    session.thresholds["relu0"] = 1.0
    assert (slider.value, told) == (1.0, [2.0, 1.0])

    def clip(threshold):
        session.thresholds["relu0"] = threshold
        return lab.threshold

    chosen = ipywidgets.interactive(clip, threshold=(0.5, 4.0, 0.5))
    chosen.children[0].value = 3.5
    chosen.update()
    assert lab.threshold == slider.value == 3.5
    assert chosen.result == 3.5
