"""Edits in one session: what they touch, and that going on from the last result gives the files of a run from the start."""

import random

import pytest

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.session.cone import cone
from mrt_studio.session.jobs import Runner
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "summary.json"}


def from_the_start(session, folder):
    """Return the files that a session makes that has nothing in memory."""
    other = Session(folder, session.recipe())
    other.run("quantize")
    return files(other.folder("quantize"))


def test_the_cone_is_the_tensor_and_all_that_depends_on_it(session):
    with pytest.raises(ArtifactError):
        cone(session, "fc0")
    session.run("prepare")
    assert cone(session, "add0") == ("add0", "pool0", "flatten0", "fc0")
    assert cone(session, "conv1_weight")[0] == "conv1"
    assert cone(session, "fc0") == ("fc0",)
    assert cone(session, "data")[0] == "data"
    with pytest.raises(OptionError):
        cone(session, "nothing")


@pytest.mark.parametrize("seed", range(3))
def test_random_edits_leave_the_same_files_as_a_run_from_the_start(session, tmp_path, seed):
    session.run("quantize")
    choose = random.Random(seed)
    names = sorted(session.thresholds)
    for _ in range(4):
        name = choose.choice(names)
        session.thresholds[name] = session.thresholds.observed()[name] * choose.choice([0.3, 0.8, 1.5])
        if choose.random() < 0.3:
            session.configure("quantize", observers={choose.choice(names): "percentile(percent=99.0)"})
        session.run("quantize")
        assert files(session.folder("quantize")) == from_the_start(session, tmp_path / "project")
        session.forget("quantize")
        session.run("quantize")
        assert files(session.folder("quantize")) == from_the_start(session, tmp_path / "other")


def test_only_nodes_of_the_cone_change(session):
    session.run("quantize")
    before = session.artifact("quantize").lowered.graph
    touched = set(cone(session, "add0"))
    session.thresholds["add0"] *= 0.5
    session.run("quantize")
    changed = [n for n in session.artifact("quantize").lowered.graph.nodes if n != before.get(n.name)]
    assert changed
    assert {origin for node in changed for origin in node.origin if origin not in session.artifact("prepare").graph.params} <= touched


def test_a_worker_goes_on_from_its_last_job_and_drops_options_that_are_gone(session, tmp_path):
    runner = Runner(session)
    try:
        for thresholds in ({}, {"fc0": 1.5, "add0": 2.0}, {"pool0": 0.9}):
            session.configure("quantize", thresholds=thresholds)
            job = runner.submit("quantize")
            assert job.wait(60)
            assert job.state == "finished", job.error
            assert files(session.folder("quantize")) == from_the_start(session, tmp_path / f"other{len(thresholds)}")
    finally:
        runner.close()
