"""Hints: what each rule sees, the gain that it predicts, and that applying it is one change that undo takes back."""

import math

import numpy as np
import pytest

from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make
from mrt_studio.session.hints.base import Hint, apply_hint, hints, rules
from mrt_studio.session.hints.codes import code_losses
from mrt_studio.session.hints.weights import channel_gains
from mrt_studio.session.lab import sqnr
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import check_session
from mrt_studio.stats.tensor_stats import TensorStats
from tests.models.tiny import tiny_model, tiny_recipe, write_model


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))


def by_rule(session):
    return {hint.rule: hint for hint in hints(session)}


def test_a_session_without_a_model_has_no_hints(tmp_path):
    assert hints(Session(tmp_path / "project")) == []


def test_every_rule_says_what_why_and_is_honest_about_the_gain(session):
    session.configure("evaluate", start=0)
    session.thresholds["conv1"] = 0.01
    session.run("quantize")
    found = hints(session)
    assert {hint.rule for hint in found} >= {"hand", "sign", "samples", "overlap"}
    assert {hint.rule for hint in found} <= set(rules)
    for hint in found:
        assert hint.what.endswith(".")
        assert hint.why.endswith(".")
        assert (hint.gain is None) == (not hint.gain_at)
        assert bool(hint.action) == bool(hint.change)
    gains = [hint.gain for hint in found if hint.gain is not None]
    assert gains == sorted(gains, reverse=True)
    assert [hint.gain is None for hint in found] == sorted(hint.gain is None for hint in found)


def test_every_change_can_be_applied_and_taken_back(session):
    session.configure("evaluate", start=0)
    session.thresholds["conv1"] = 0.01
    session.run("quantize")
    before = session.recipe()
    for hint in hints(session):
        if hint.change:
            apply_hint(session, hint)
            assert session.recipe() != before
            assert session.history.entries[-1].note == f"hint: {hint.action}"
            assert hint not in hints(session)
            session.undo()
            assert session.recipe() == before
    with pytest.raises(OptionError):
        apply_hint(session, Hint(rule="samples", what="x", why="y"))


def test_a_threshold_by_hand_is_weighed_against_the_observers(session):
    session.run("calibrate")
    stats, observed = session.artifact("calibrate").stats["conv1"], session.thresholds.observed()["conv1"]
    session.thresholds["conv1"] = observed / 10
    hint = by_rule(session)["hand"]
    assert hint.node == hint.gain_at == "conv1"
    assert hint.gain == pytest.approx(sqnr(stats, observed, 127) - sqnr(stats, observed / 10, 127))
    apply_hint(session, hint)
    assert "conv1" not in session.thresholds.edited
    session.thresholds["conv1"] = observed * 0.99
    assert "hand" not in by_rule(session)


def test_what_an_observer_cuts_too_short_is_named(session):
    session.configure("quantize", observer="percentile(percent=70.0)")
    session.run("calibrate")
    found = [hint for hint in hints(session) if hint.rule == "clipping"]
    assert found
    before = session.thresholds[found[0].node]
    apply_hint(session, found[0])
    assert session.thresholds[found[0].node] > before
    assert found[0].node not in {hint.node for hint in hints(session) if hint.rule == "clipping"}


def test_the_gain_of_channel_scales_follows_from_their_ranges():
    b = Builder(make)
    weight = np.ones((4, 1, 1, 1), np.float32) * np.array([8, 1, 1, 1], np.float32).reshape(4, 1, 1, 1)
    x = b.op("Convolution", b.input("data", (1, 1, 4, 4)), b.param("", weight, name="w"), name="conv", kernel=(1, 1), num_filter=4, no_bias=True)
    stats = {"w": TensorStats.of_parameter(weight)}
    assert channel_gains(b.graph([x]), stats, {"w": 8.0}) == {"conv": pytest.approx(10 * math.log10(64 / ((64 + 3) / 4)))}
    assert channel_gains(b.graph([x]), stats, {"w": 1.0}) == {"conv": pytest.approx(0)}


def test_channel_scales_are_suggested_until_they_are_used(tmp_path):
    rng, b = np.random.default_rng(0), Builder(make)
    weight = (rng.normal(0, 1, (8, 3, 3, 3)) * np.array([50, *[1] * 7]).reshape(8, 1, 1, 1)).astype(np.float32)
    x = b.op("Convolution", b.input("data", None), b.param("", weight, name="w"), name="conv", kernel=(3, 3), num_filter=8, no_bias=True)
    session = Session(tmp_path / "project", tiny_recipe(write_model(b.graph([x]), tmp_path, "spread")))
    session.run("calibrate")
    hint = by_rule(session)["weights"]
    assert hint.node == "conv"
    assert hint.gain > 6
    apply_hint(session, hint)
    assert session["quantize"].options()["weights"] == "channel"
    assert "weights" not in by_rule(session)


def test_codes_that_a_shift_leaves_unused_are_counted(session):
    session.run("quantize")
    lowered = session.artifact("quantize").lowered
    losses = code_losses(lowered)
    for name, loss in losses.items():
        assert 0 < loss <= 20 * math.log10(2) + 0.1, name
    session.configure("quantize", shift_bits=0)
    session.run("quantize")
    hint = by_rule(session).get("requantizer")
    worst = max(code_losses(session.artifact("quantize").lowered).values(), default=0)
    assert (hint is not None) == (worst >= 1)
    session.configure("quantize", requantizer="guard_bits")
    session.run("quantize")
    assert "requantizer" not in by_rule(session)


def test_the_sign_of_values_that_are_never_negative_is_offered(session):
    assert "sign" not in by_rule(session)
    session.run("prepare")
    assert by_rule(session)["sign"].gain == pytest.approx(6.02, abs=0.01)
    session.configure("quantize", activations="unsigned")
    assert "sign" not in by_rule(session)


def test_data_that_is_seen_twice_or_too_little_of(session):
    session.run("calibrate")
    found = by_rule(session)
    assert "overlap" not in found  # evaluation starts behind
    assert found["samples"].change == {"calibrate": {"count": 2}}
    assert found["samples"].gain is None
    session.configure("evaluate", start=2)
    assert by_rule(session)["overlap"].change == {"evaluate": {"start": 4}}
    session.configure("evaluate", dataset="stdrandom(shape=(3, 8, 8), count=64, seed=1)")
    assert "overlap" not in by_rule(session)
    session.configure("evaluate", dataset="", count=0, start=0)
    session.configure("calibrate", count=0)
    session.run("calibrate")
    assert not by_rule(session)["overlap"].change
    assert not by_rule(session).get("samples", Hint(rule="", what="", why="")).change


def test_an_operator_without_integers_comes_first(tmp_path):
    b = Builder(make)
    x = b.op("relu", b.input("data", None), name="act")
    x = b.op("Convolution", x, b.param("", np.ones((2, 3, 1, 1), np.float32), name="w"), name="conv", kernel=(1, 1), num_filter=2, no_bias=True)
    x = b.op("tan", x, name="curve")
    files = write_model(b.graph([x]), tmp_path, "odd")
    session = Session(tmp_path / "project", tiny_recipe(files))
    if check_session(session).passed:
        pytest.fail("tan has an integer form now: take another operator")
    hint = hints(session)[0]
    assert hint.blocks
    assert hint.change["prepare"]["split_keys"]
    apply_hint(session, hint)
    assert "operators" not in by_rule(session)
