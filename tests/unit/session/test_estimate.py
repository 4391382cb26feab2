import math
import os

import pytest

from mrt_studio.session.estimate import Estimate, earlier_seconds
from mrt_studio.session.events import Event
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_without_anything_known_nothing_is_said(clock):
    estimate = Estimate({}, clock)
    assert estimate.left is None
    estimate.add(Event("started", "load"))
    assert estimate.left is None
    clock.now += 3
    assert estimate.seconds == 3


def test_earlier_runs_count_until_the_stage_shows_its_own_pace(clock):
    estimate = Estimate({"calibrate": 40.0, "quantize": 2.0}, clock)
    estimate.add(Event("started", "calibrate"))
    assert estimate.left == 42
    estimate.add(Event("progress", "calibrate", done=1, total=100))
    clock.now += 10
    assert estimate.left == 32
    estimate.add(Event("progress", "calibrate", done=50, total=100))
    assert estimate.left == 10 + 2
    clock.now += 4
    assert estimate.left == 6 + 2
    clock.now += 60
    assert estimate.left == 2


def test_a_stage_that_has_run_a_while_shows_its_pace(clock):
    estimate = Estimate({}, clock)
    estimate.add(Event("started", "calibrate"))
    clock.now += 4
    estimate.add(Event("progress", "calibrate", done=0, total=1000))
    assert estimate.left is None
    estimate.add(Event("progress", "calibrate", done=1, total=1000))
    assert estimate.left == 3996


def test_a_stage_that_is_over_counts_no_more(clock):
    estimate = Estimate({"calibrate": 40.0, "quantize": 2.0, "evaluate": 7.0}, clock)
    for stage in ("calibrate", "quantize"):
        estimate.add(Event("started", stage))
    assert estimate.left == 9
    estimate.add(Event("log", "quantize", "a word"))
    estimate.add(Event("progress", "quantize", done=2, total=2))
    assert estimate.left == 7
    estimate.add(Event("progress", "quantize", done=0, total=0))
    assert math.isfinite(estimate.left)


def test_earlier_runs_of_any_options_are_found(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    assert earlier_seconds(session, "calibrate") == {}
    session.run("calibrate")
    took = session.summary("calibrate")["seconds"]
    session.configure("calibrate", count=2)
    assert earlier_seconds(session, "quantize") == {"calibrate": took}
    session.run("calibrate")
    os.utime(session.folder("calibrate") / "summary.json", ns=(1, 1))  # now the first run is the last one
    session.configure("calibrate", count=3)
    assert earlier_seconds(session, "calibrate") == {"calibrate": took}
    for folder in (session.store.folder / "artifacts").glob("calibrate-*"):
        (folder / "summary.json").write_text("{")
    assert earlier_seconds(session, "calibrate") == {}
