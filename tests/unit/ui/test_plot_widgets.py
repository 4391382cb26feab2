"""The ledger and the profile of errors in notebooks: the session's numbers, and a selection that they share with graph views."""

from __future__ import annotations

import plotly.graph_objs as go
import pytest

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.session.precision import precision, why
from mrt_studio.session.profile import errors
from mrt_studio.session.samples import chosen
from mrt_studio.session.session import Session
from mrt_studio.widgets import ErrorProfile, GraphView, PrecisionLedger
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture
def fresh(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("quantize")
    return session


def test_the_ledger_draws_the_sessions_numbers(measured):
    ledger = PrecisionLedger(measured)
    assert list(ledger.figure.data[4].y) == [row["tight"] for row in precision(measured)["nodes"]]
    for name in ("histogram", "cost", "bits"):
        ledger.which.value = name
        assert isinstance(ledger.figure, go.FigureWidget)


def test_views_ledger_and_profile_select_together(measured):
    view, ledger, profile = GraphView(measured, stage="quantize"), PrecisionLedger(measured), ErrorProfile(measured)
    ledger.select("conv1")
    assert (view.selected, profile.selected) == (["conv1"], "conv1")
    assert ledger.chain == why(measured, "conv1")
    assert "Why 24 bits here" in ledger.words.value
    view.selected = ["fc0"]
    assert (ledger.selected, profile.selected) == ("fc0", "fc0")
    profile.select("conv0")
    assert "conv0" in view.selected
    assert ledger.selected.startswith("conv0")
    view.selected = []
    assert (ledger.selected, profile.selected, ledger.chain) == ("", "", [])


def test_a_ledger_needs_a_quantized_model(tmp_path):
    with pytest.raises(ArtifactError):
        PrecisionLedger(Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path))))


def test_a_profile_offers_to_measure_and_measures(fresh):
    profile = ErrorProfile(fresh)
    assert profile.figure is None
    assert "Measure" in profile.words.value
    profile.measure([3, 1])
    assert chosen(fresh) == (1, 3)
    assert profile.found == errors(fresh)
    assert profile.found["sentence"] in profile.words.value
    assert profile.figure is not None
    with pytest.raises(OptionError):
        profile.measure([1000])


def test_the_button_says_what_is_wrong_with_the_samples(fresh):
    profile = ErrorProfile(fresh)
    profile._field.value = "one & two"
    profile._button.click()
    assert "&#x27;one &amp; two&#x27; is no sample." in profile.words.value
    assert not profile._button.disabled


def test_values_need_a_node(measured):
    profile = ErrorProfile(measured, theme="dark")
    for which in ("values", "bias"):
        profile.select("")
        profile.which.value = which
        assert profile.figure is None
        profile.select("conv1")
        assert profile.figure is not None
