import dataclasses

import pytest

from mrt_studio.errors import StudioError
from mrt_studio.session.events import Event
from mrt_studio.session.pipeline import run_pipeline
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import verdict
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path), count=3))


def never():
    return False


def test_events_survive_as_lines():
    event = Event("failed", "load", "no\nfile \u2028 \xe9", 1, 2, 0.5, {"what": "no", "where": "", "why": "", "remedy": ""})
    line = event.to_line()
    assert "\n" not in line
    assert line.isascii()
    assert Event.from_line(line) == event


@pytest.mark.parametrize("line", ["", "{", "[]", "null", "3", '"x"', '{"idle": 3}', '{"kind": "log", "more": 1}'])
def test_other_lines_are_no_events(line):
    assert Event.from_line(line) is None


def test_a_run_tells_everything_and_is_done(session):
    told = []
    assert run_pipeline(session, "quantize", told.append, never)
    assert session.done("quantize")
    progress = [(e.done, e.total) for e in told if e.kind == "progress" and e.stage == "calibrate"]
    steps = 3 * len(session.artifact("prepare").graph.operators)
    assert (progress[0], progress[-1]) == ((0, steps), (steps, steps))
    assert progress == sorted(progress)
    finished = [e for e in told if e.kind == "finished"]
    assert [e.stage for e in finished] == ["load", "prepare", "calibrate", "quantize"]
    assert all(e.seconds > 0 for e in finished)
    told.clear()
    assert run_pipeline(session, "quantize", told.append, never)
    assert told == []
    assert run_pipeline(session, "quantize", told.append, never, force=True)
    assert [e.stage for e in told if e.kind == "started"] == ["quantize"]


def test_a_load_ends_with_the_check_of_the_operators_which_is_made_once(session):
    told = []
    assert run_pipeline(session, "load", told.append, never)
    assert [e.message for e in told if e.kind == "log"][-2:] == ["Checking the operators", "All 8 operators can become integers."]
    assert verdict(session)["passed"]
    told.clear()
    assert run_pipeline(session, "load", told.append, never)
    assert told == []
    session.configure("prepare", input_shape=[1, 4, 8, 8])
    assert run_pipeline(session, "load", told.append, never)
    assert "conv0" in told[-1].message
    assert not verdict(session)["passed"]


def test_a_cancelled_check_is_not_kept(session):
    told = []
    assert not run_pipeline(session, "load", told.append, lambda: any(e.message == "Checking the operators" for e in told))
    assert (told[-1].kind, session.done("load"), verdict(session)) == ("cancelled", True, {})


def test_a_cancelled_run_keeps_what_was_finished(session):
    told = []
    assert not run_pipeline(session, "quantize", told.append, lambda: any(e.stage == "calibrate" and e.kind == "progress" for e in told))
    assert (told[-1].kind, told[-1].stage) == ("cancelled", "calibrate")
    assert session.done("prepare")
    assert not session.done("calibrate")


def test_an_error_is_an_event(session):
    session.configure("quantize", thresholds={"nothing": 1.0})
    told = []
    assert not run_pipeline(session, "compile", told.append, never)
    assert (told[-1].kind, told[-1].stage) == ("failed", "quantize")
    assert told[-1].error["kind"] == "OptionError"
    assert "nothing" in told[-1].error["what"]
    assert told[-1].error["remedy"]


def test_a_missing_model_is_an_event(tmp_path):
    told = []
    assert not run_pipeline(Session(tmp_path), "compile", told.append, never)
    assert (told[-1].kind, told[-1].stage) == ("failed", "load")
    assert told[-1].error["remedy"]
    assert not any(e.kind == "finished" for e in told)


def test_every_error_survives_as_an_event():
    from mrt_studio import errors

    kinds = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, StudioError)]
    assert len(kinds) == 13
    for cls in kinds:
        error = cls("what", where="where", why="why", remedy="remedy")
        line = Event("failed", "load", error.what, error=error.to_dict()).to_line()
        again = errors.from_dict(dataclasses.asdict(Event.from_line(line))["error"])
        assert type(again) is cls
        assert str(again) == str(error) == "what\n  where: where\n  why: why\n  remedy: remedy"
