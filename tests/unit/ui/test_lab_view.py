"""The notebook's threshold lab: the line and the session's threshold are one."""

from __future__ import annotations

import pytest

from mrt_studio.errors import ArtifactError
from mrt_studio.session.session import Session
from mrt_studio.ui.widgets.threshold_lab import TRAITS, LabPane, LabWidget
from mrt_studio.widgets import ThresholdLab
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("calibrate")
    return session


@pytest.fixture
def session(calibrated):
    yield calibrated
    calibrated.thresholds.replace({})
    calibrated.configure("calibrate", count=1)


@pytest.mark.parametrize("made", [LabWidget, LabPane])
def test_both_classes_have_all_traits(made):
    widget = made()
    assert {trait.name: getattr(widget, trait.name) for trait in TRAITS} == {trait.name: trait.default for trait in TRAITS}


def test_the_session_moves_the_line_and_the_line_the_session(session):
    first, second = ThresholdLab(session, "relu0"), ThresholdLab(session, "relu0")
    observed = session.thresholds["relu0"]
    assert first.threshold == first.lab["threshold"] == observed
    session.thresholds["relu0"] = 2.5
    assert [lab.threshold for lab in (first, second)] == [2.5, 2.5]
    assert first.lab["edited"]
    first.threshold = 1.5
    assert session.thresholds.edited == {"relu0": 1.5}
    assert second.threshold == 1.5
    second.threshold = observed
    assert session.thresholds.edited == {}
    assert not first.lab["edited"]


def test_another_tensor_and_its_observers_curve(session):
    lab = ThresholdLab(session, "relu0", theme="dark", height_px=300)
    lab.observer = "kl"
    assert lab.curve["label"]
    lab.tensor = "conv1_weight"
    assert (lab.lab["tensor"], lab.lab["op"], lab.curve) == ("conv1_weight", "parameter", {})
    assert lab.threshold == session.thresholds["conv1_weight"]
    lab.threshold = 0.5
    assert session.thresholds.edited == {"conv1_weight": 0.5}


def test_a_lab_is_empty_while_the_session_has_to_be_calibrated_again(session):
    lab = ThresholdLab(session, "relu0")
    session.configure("calibrate", count=2)
    assert lab.lab == {}
    lab.threshold = 1.0
    assert session.thresholds.edited == {}
    session.configure("calibrate", count=1)
    assert lab.lab["tensor"] == "relu0"


def test_what_is_not_there_cannot_be_shown(session):
    with pytest.raises(ArtifactError, match="nothing"):
        ThresholdLab(session, "nothing")


def test_a_closed_lab_stops_following(session):
    lab = ThresholdLab(session, "relu0")
    lab.close()
    before = lab.threshold
    session.thresholds["relu0"] = 2.0
    assert lab.threshold == before
    lab.close()
