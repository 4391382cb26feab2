"""The notebook's pipeline bar: it runs jobs in a worker, and follows the session."""

from __future__ import annotations

import asyncio
import os
import signal

import ipywidgets
import pytest

from mrt_studio.errors import DataError, JobCancelled, OptionError, WorkerDied
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER
from mrt_studio.ui.widgets.jobs import jobs_of
from mrt_studio.ui.workspace import Workspace
from mrt_studio.widgets import ErrorProfile, PipelineBar
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def session(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    yield session
    jobs_of(session).close()


def test_it_runs_in_the_worker_and_tells_observers(session):
    bar, other, states = PipelineBar(session), PipelineBar(session), []
    bar.observe(lambda change: states.append(change.new["quantize"]), "states")
    bar.run("quantize")
    assert states[-1] == "done"
    assert "running" in states
    assert [stage for stage, state in other.states.items() if state == "done"] == ["load", "prepare", "calibrate", "quantize"]
    assert not other.running
    assert bar._text.value == "To run: evaluate, compile."
    assert session.artifact("quantize").lowered is not None


def test_it_follows_runs_and_options_of_the_session(session):
    bar = PipelineBar(session)
    session.run("calibrate")
    assert bar.states["calibrate"] == "done"
    session.configure("calibrate", count=2)
    assert (bar.states["prepare"], bar.states["calibrate"]) == ("done", "wait")
    bar.close()
    session.configure("calibrate", count=1)
    assert bar.states["calibrate"] == "wait"
    bar.close()


def test_without_a_target_all_stages_run_in_turn(session):
    bar = PipelineBar(session)
    bar.run()
    assert set(bar.states.values()) == {"done"}
    assert bar._all.disabled
    assert "done" in bar.still()
    assert "<script" not in bar.still()


def test_an_error_is_shown_and_raised(session):
    session.configure("calibrate", dataset="arrays(path='<b>none</b>.npy')")
    bar = PipelineBar(session)
    with pytest.raises(DataError):
        bar.run()
    assert bar.states["calibrate"] == "failed"
    assert isinstance(bar.error, DataError)
    assert "&lt;b&gt;none" in bar._message.value
    assert "<b>" not in bar._message.value
    with pytest.raises(OptionError):
        bar.run("nothing")


def test_buttons_work_on_the_kernels_loop(session):
    async def press():
        bar = PipelineBar(session)
        done = asyncio.Event()
        bar.observe(lambda change: change.new or done.set(), "running")
        bar._buttons["prepare"].click()
        assert bar.running
        assert bar._buttons["load"].disabled
        await asyncio.wait_for(done.wait(), 60)
        return bar

    bar = asyncio.run(press())
    assert bar.states["prepare"] == "done"
    assert bar._log.value.startswith("Prepare: done")


def test_a_dead_worker_takes_nothing_with_it(session):
    bar = PipelineBar(session)

    def kill(change):
        if change.new["load"] == "running":
            os.kill(jobs_of(session)._workspace.runner.process_id, signal.SIGKILL)

    bar.observe(kill, "states")
    with pytest.raises(WorkerDied):
        bar.run("calibrate")
    assert not bar.running
    bar.unobserve(kill, "states")
    bar.run("calibrate")
    assert bar.error is None
    assert bar.states["calibrate"] == "done"


def test_cancel_stops_the_job_and_what_was_to_follow(session):
    bar = PipelineBar(session)
    bar.observe(lambda change: change.new["load"] == "running" and bar.cancel(), "states")
    session.configure("calibrate", batch=1, count=64)
    with pytest.raises(JobCancelled):
        bar.run()
    assert bar.states["compile"] == "wait"
    assert not bar.running


def test_a_session_without_a_model_says_what_to_do(tmp_path):
    session = Session(tmp_path / "project")
    bar = PipelineBar(session)
    assert "session.open" in bar._text.value
    bar._buttons["load"].click()
    assert isinstance(bar.error, OptionError)
    assert set(bar.states) == set(ORDER)


def test_the_button_of_the_profile_measures_in_the_worker(session):
    async def press():
        bar, profile = PipelineBar(session), ErrorProfile(session)
        done = asyncio.Event()
        bar.observe(lambda change: change.new or done.set(), "running")
        profile._button.click()
        assert profile._button.disabled
        await asyncio.wait_for(done.wait(), 60)
        return profile

    profile = asyncio.run(press())
    assert profile.found["rows"]
    assert not profile._button.disabled
    assert isinstance(profile.figure, ipywidgets.DOMWidget)
    assert profile.found["sentence"] in profile.still()


def test_a_page_on_the_same_session_hears_of_code(session):
    workspace, told = Workspace(session=session), []
    workspace.listen(lambda news, _: told.append(news))
    session.thresholds["conv1"] = 2.0
    assert told == ["options"]
    asyncio.run(workspace.change(lambda it: it.thresholds.__setitem__("conv1", 3.0)))
    assert told == ["options", "options"]
    assert Session(session.store.folder).thresholds.edited == {"conv1": 3.0}
    assert session.history.actor == "notebook"
