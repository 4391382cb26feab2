"""The search: bounded, never worse than the start, and its front holds what no other beats."""

import numpy as np
import pytest

from mrt_studio.errors import OptionError
from mrt_studio.session.reports import tuning_lines
from mrt_studio.session.session import Session
from mrt_studio.session.tune import Trial, Tuning, pareto, tune


def trial(error, gas, weights=1):
    return Trial({}, error, gas, weights)


def test_the_front_holds_what_no_other_beats():
    trials = [trial(-10, 100), trial(-20, 200), trial(-15, 200), trial(-20, 200), trial(-5, 100), trial(-9, 90), trial(-10, 100, 2)]
    assert pareto(trials) == (1, 0, 5)


@pytest.fixture(scope="module")
def session(tmp_path_factory, lenet):
    folder = tmp_path_factory.mktemp("tune")
    np.save(folder / "digits.npy", lenet.calibration)
    made = Session(folder / "lenet.mrt")
    made.open(str(lenet.files.symbol), str(lenet.files.params))
    made.configure("prepare", input_shape=(-1, 1, 28, 28))
    made.configure("calibrate", dataset=f"arrays(path={str(folder / 'digits.npy')!r})", batch=16)
    return made


def test_a_search_is_bounded_and_lowers_the_error(session):
    before = session.recipe()
    found = tune(session, tries=6, samples=4)
    assert session.recipe() == before
    assert len(found.trials) == 6
    assert found.trials[0].change == {}
    assert found.best.error < found.trials[0].error - 1
    assert found.best.error == found.trials[found.front[0]].error
    assert "requantizer" in found.best.change or "weights" in found.best.change


def test_the_options_found_give_the_error_that_was_told(session):
    found = tune(session, tries=4, samples=4)
    session.configure("quantize", **found.best.change)
    assert tune(session, tries=1, samples=4).trials[0].error == pytest.approx(found.best.error)


def test_the_report_has_a_line_for_each_of_the_front():
    found = Tuning((trial(-10, 100), Trial({"weights": "channel", "observers": {"a": "mse"}}, -20, 200, 1)), (1, 0))
    lines = tuning_lines(found)
    assert lines[2].split() == ["-20.00", "dB", "2.00x", "1.000x", "weights=channel,", "observers={a:", "mse}"]
    assert "as they are" in lines[3]


@pytest.mark.parametrize("bounds", [{"tries": 0}, {"samples": 0}])
def test_a_search_of_nothing_is_refused(session, bounds):
    with pytest.raises(OptionError):
        tune(session, **bounds)
