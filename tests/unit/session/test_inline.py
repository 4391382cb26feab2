"""Jobs in this process behave as those in a worker do."""

import pytest

from mrt_studio.errors import ArtifactError, JobError
from mrt_studio.session.inline import InlineRunner
from mrt_studio.session.jobs import Runner
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe

PATIENCE = 60


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path), count=3))


def told(events):
    return [(e.kind, e.stage, e.message) for e in events if e.kind != "progress"]


@pytest.mark.parametrize("change", [{}, {"input_shape": [-1, 4, 8, 8]}])
def test_both_runners_tell_the_same(session, tmp_path, change):
    heard = {}
    for kind in (InlineRunner, Runner):
        other = Session(tmp_path / kind.__name__, session.recipe())
        other.configure("prepare", **change)
        runner = kind(other, heard.setdefault(kind, []).append)
        job = runner.submit("quantize")
        assert job.wait(PATIENCE)
        runner.close()
        assert job.state == ("failed" if change else "finished")
        assert runner.job is job
        assert not runner.busy
        assert runner.process_id is None
        assert other.done("quantize") is not bool(change)
    assert told(heard[InlineRunner]) == told(heard[Runner])


def test_a_listener_can_cancel_and_the_next_job_runs(session):
    seen = []

    def listen(event):
        seen.append(event)
        if event.kind == "progress" and event.stage == "calibrate":
            assert runner.busy
            with pytest.raises(JobError, match="running"):
                runner.submit("load")
            runner.cancel()

    runner = InlineRunner(session, listen)
    job = runner.submit("quantize")
    assert (job.state, job.stage) == ("cancelled", "calibrate")
    assert seen[-1].message == "cancelled"
    assert not session.done("calibrate")
    runner = InlineRunner(session)
    assert runner.submit("quantize").state == "finished"
    assert runner.submit("quantize", force=True).number == 2


def test_a_project_of_another_process_is_refused(session, tmp_path):
    runner = InlineRunner(session)
    session.store.own()
    session.store.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(ArtifactError, match="gone"):
        runner.submit("load")
    assert runner.job is None
