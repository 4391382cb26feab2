"""The recipes that come with the studio as a session's choice."""

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.session.presets import CHANGED, apply_preset, preset_names, preset_of, with_preset
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_recognised_until_an_option_changes(name):
    session = Session()
    apply_preset(session, name)
    assert preset_of(session) == name
    session.configure("quantize", observer="mrt_lambda(lambd=7)")
    assert preset_of(session) == CHANGED


def test_going_back_sets_what_the_other_preset_changed():
    session = Session()
    apply_preset(session, "mrt_v3")
    before = session.recipe()
    apply_preset(session, "cvm_accurate")
    assert session.recipe() != before
    apply_preset(session, "mrt_v3")
    assert session.recipe() == before


def test_the_model_and_the_data_stay():
    session = Session()
    session.configure("calibrate", dataset="mnist()")
    session.configure("prepare", split_keys=["a"])
    apply_preset(session, "cvm_accurate")
    assert session["calibrate"].options()["dataset"] == "mnist()"
    assert session["prepare"].options()["split_keys"] in (["a"], ("a",))


def test_a_recipe_starts_from_the_preset_that_it_names():
    found = with_preset({"run": {"preset": "cvm_accurate"}, "quantize": {"observer": "mrt_lambda(lambd=9)"}})
    assert found["quantize"]["observer"] == "mrt_lambda(lambd=9)"
    assert found["quantize"]["weights"] == "channel"
    assert with_preset({"quantize": {}}) == {"quantize": {}}


def test_an_unknown_preset_is_refused():
    for action in (lambda: apply_preset(Session(), "what"), lambda: with_preset({"run": {"preset": "what"}})):
        with pytest.raises(OptionError, match="no recipe called 'what'") as caught:
            action()
        assert "mrt_v3" in caught.value.remedy


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_runs_on_the_sessions_data(name, tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    before = session["calibrate"].options()
    apply_preset(session, name)
    after = session["calibrate"].options()
    assert [after[o] for o in ("dataset", "batch", "count")] == [before[o] for o in ("dataset", "batch", "count")]
    session.run("evaluate")
    session.run("compile")
    assert session.summary("evaluate")["summary"]["sqnr"] > 15  # a wrong scale anywhere gives less
