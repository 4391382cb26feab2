"""Analyses: measured by a job, kept by what they depend on, and gone when that changes."""

from __future__ import annotations

import json

import pytest

from mrt_studio.session.analysis import ANALYSES, analyse, forget, measure, stored, stored_errors, stored_times, target_key
from mrt_studio.session.jobs import Runner
from mrt_studio.session.node_errors import REST
from mrt_studio.session.pipeline import run_pipeline
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))


@pytest.fixture
def done(session):
    session.run("quantize")
    return session


def test_nothing_is_stored_before_it_is_measured(tmp_path, session):
    for name in ANALYSES:
        assert stored(Session(tmp_path / "empty"), name) is None
        assert stored(session, name) is None


def test_what_was_measured_is_read_back(done):
    rows = analyse(done)
    assert stored_errors(done) == rows
    assert stored_errors(Session(done.store.folder, done.recipe())) == rows
    assert rows[-1].name == REST


def test_times_are_of_every_operator(done):
    found = measure(done, "times")
    assert set(found) == {n.name for n in done.artifact("quantize").lowered.graph.operators}
    assert all(seconds > 0 for seconds in found.values())
    assert stored_times(done) == found


def test_errors_are_those_of_their_options(done):
    rows = analyse(done)
    for stage, options in {"evaluate": {"start": 20}, "quantize": {"thresholds": {"conv1": 0.1}}}.items():
        before = done[stage].options()
        done.configure(stage, **options)
        assert stored_errors(done) is None
        done.configure(stage, **{name: before.get(name) for name in options})
        assert stored_errors(done) == rows
    done.configure("evaluate", batch=2, verify=0)
    assert stored_errors(done) == rows


def test_what_is_damaged_counts_as_not_there(done):
    for name in ANALYSES:
        measure(done, name)
        path = done.store.path(name, target_key(done, name)) / "summary.json"
        found = json.loads(path.read_text())
        for summary in ({"rows": [{"name": "conv0"}]}, {"rows": [3]}, {"conv0": "soon"}):
            path.write_text(json.dumps({**found, "summary": summary}))
            assert stored(done, name) is None
        path.write_text("{")
        assert stored(done, name) is None
        measure(done, name)
        assert stored(done, name) is not None
        forget(done, name)
        assert stored(done, name) is None


def test_a_job_measures_once_and_again_by_force(session):
    runner = Runner(session)
    try:
        kinds = []
        for force in (False, False, True):
            job = runner.submit("errors", force=force)
            assert job.wait(120)
            assert job.state == "finished"
            kinds.append([e.stage for e in job.events if e.kind == "started"])
        assert kinds == [["load", "prepare", "calibrate", "quantize", "errors"], [], ["errors"]]
        steps = [(e.done, e.total) for e in job.events if e.kind == "progress"]
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1] > 1
        assert stored_errors(session)
    finally:
        runner.close()


@pytest.mark.parametrize("name", ANALYSES)
def test_a_cancelled_measurement_keeps_nothing(done, name):
    told = []
    assert not run_pipeline(done, name, told.append, lambda: True)
    assert (told[-1].kind, told[-1].stage) == ("cancelled", name)
    assert stored(done, name) is None
    assert run_pipeline(done, name, told.append, lambda: False)
    assert stored(done, name) is not None
