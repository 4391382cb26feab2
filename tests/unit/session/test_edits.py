"""Edits of many tensors: what a rule means, what an edit sets, and what is pending until the next quantization."""

import numpy as np
import pytest

from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make
from mrt_studio.session.edits import (
    Rule,
    apply_observer,
    operators,
    pending,
    reset_all,
    reset_change,
    reset_thresholds,
    scale_thresholds,
    select,
    set_thresholds,
    set_wide,
    wide_names,
)
from mrt_studio.session.session import Session
from mrt_studio.session.views import tensor_rows
from tests.models.tiny import SHAPE, tiny_recipe, write_model


def depthwise_net():
    rng = np.random.default_rng(0)
    b = Builder(make)

    def weights(name, *shape):
        return b.param("", rng.normal(0, 0.3, shape).astype(np.float32), name=name)

    x = b.input("data", None)
    x = b.op("Convolution", x, weights("stem_weight", 8, 3, 3, 3), name="stem", kernel=(3, 3), pad=(1, 1), num_filter=8, no_bias=True)
    for i in range(2):
        x = b.op("Convolution", x, weights(f"dw{i}_weight", 8, 1, 3, 3), name=f"dw{i}", kernel=(3, 3), pad=(1, 1), num_filter=8, num_group=8, no_bias=True)
        x = b.op("Activation", x, name=f"relu{i}", act_type="relu")
    x = b.op("Flatten", x, name="flat[0]")
    return b.graph([b.op("FullyConnected", x, weights("fc_weight", 5, 512), name="fc", num_hidden=5, no_bias=True)])


@pytest.fixture(scope="module")
def quantized(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edits")
    assert SHAPE == (3, 8, 8)
    session = Session(folder / "project", tiny_recipe(write_model(depthwise_net(), folder, "deep")))
    session.run("quantize")
    return session


@pytest.fixture
def session(quantized):
    start = quantized.recipe()
    yield quantized
    quantized.replace(start)


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (Rule(depthwise=True), ["dw0", "dw1"]),
        (Rule(operator="Convolution"), ["stem", "dw0", "dw1"]),
        (Rule(operator="input"), ["data"]),
        (Rule(pattern="RELU"), ["relu0", "relu1"]),
        (Rule(pattern="*0"), ["dw0", "relu0"]),
        (Rule(pattern="[0]"), ["flat[0]"]),
        (Rule(operator="Convolution", pattern="d?1"), ["dw1"]),
        (Rule(pattern="nothing"), []),
        (Rule(edited=True), []),
    ],
)
def test_a_rule_selects_by_kind_name_and_depthwise(session, rule, names):
    assert select(session, rule) == names
    assert set(operators(session)) == {"Convolution", "Flatten", "FullyConnected", "input", "relu"}


def test_an_observer_takes_the_place_of_thresholds_set_by_hand(session):
    session.thresholds["dw0"] = 9.0
    session.thresholds["stem"] = 8.0
    names = select(session, Rule(depthwise=True))
    apply_observer(session, names, "percentile(percent=99)")
    assert session["quantize"].options()["observers"] == {"dw0": "percentile(percent=99)", "dw1": "percentile(percent=99)"}
    assert session.thresholds.edited == {"stem": 8.0}
    rows = {row["name"]: row for row in tensor_rows(session)}
    assert rows["dw0"]["observer"] == "percentile(percent=99)"
    assert rows["dw0"]["threshold"] == session.thresholds["dw0"] != 9.0
    apply_observer(session, ["dw0"], "")
    assert session["quantize"].options()["observers"] == {"dw1": "percentile(percent=99)"}


def test_thresholds_are_set_scaled_and_reset_together(session):
    before = {name: session.thresholds[name] for name in ("dw0", "dw1", "fc")}
    scale_thresholds(session, ["dw0", "dw1"], 0.5)
    assert session.thresholds.edited == {"dw0": before["dw0"] / 2, "dw1": before["dw1"] / 2}
    set_thresholds(session, ["fc", "dw1"], 2.5)
    assert session.thresholds["fc"] == session.thresholds["dw1"] == 2.5
    assert select(session, Rule(edited=True)) == ["dw0", "dw1", "fc"]
    reset_thresholds(session, ["dw0", "dw1"])
    assert session.thresholds.edited == {"fc": 2.5}
    assert {name: session.thresholds[name] for name in ("dw0", "dw1")} == {name: before[name] for name in ("dw0", "dw1")}


def test_layers_become_wide_and_a_word_becomes_the_names_that_are_left(session):
    assert set_wide(session, ["dw0", "relu0"], True) == ["dw0"]
    assert session["quantize"].options()["wide"] == ["dw0"]
    session.configure("quantize", wide=["all"])
    set_wide(session, ["dw0", "fc"], False)
    assert wide_names(session) == {"stem", "dw1"}
    assert {row["name"] for row in tensor_rows(session) if row["wide"]} == {"stem", "dw1"}
    with pytest.raises(OptionError, match="None of these"):
        set_wide(session, ["relu0"], True)


@pytest.mark.parametrize(
    "action",
    [
        lambda s: apply_observer(s, ["dw0"], "no_such"),
        lambda s: apply_observer(s, ["nothing"], "absmax"),
        lambda s: apply_observer(s, [], "absmax"),
        lambda s: set_thresholds(s, ["dw0"], 0),
        lambda s: set_thresholds(s, ["dw0"], float("nan")),
        lambda s: scale_thresholds(s, ["dw0"], float("inf")),
    ],
)
def test_what_cannot_be_done_changes_nothing(session, action):
    before, entries = session.recipe(), session.history.entries
    with pytest.raises(OptionError):
        action(session)
    assert session.recipe() == before
    assert session.history.entries == entries


def test_edits_are_pending_until_they_are_quantized_or_taken_back(session):
    start = session.recipe()
    assert pending(session).changes == ()
    session.thresholds["stem"] = 3.0
    apply_observer(session, ["dw0"], "kl")
    set_wide(session, ["dw1", "fc"], True)
    session.configure("quantize", shift_bits=4)
    session.configure("evaluate", verify=0)
    found = pending(session)
    assert [(c.option, c.name, c.before, c.after) for c in found.changes] == [
        ("observers", "dw0", None, "kl"),
        ("thresholds", "stem", None, 3.0),
        ("shift_bits", "", 5, 4),
        ("wide", "dw1", None, "wide"),
        ("wide", "fc", None, "wide"),
    ]
    assert found.tensors == {"dw0", "stem", "dw1", "fc"}
    for change in found.changes[:4]:
        reset_change(session, change)
    assert session["quantize"].options()["wide"] == ["fc"]
    assert [c.name for c in pending(session).changes] == ["fc"]
    session.thresholds["stem"] = 4.0
    reset_all(session)
    assert pending(session).changes == ()
    assert session["evaluate"].options()["verify"] == 0
    assert {**session.recipe(), "evaluate": {}} == {**start, "evaluate": {}}
    session.undo()
    assert [c.name for c in pending(session).changes] == ["stem", "fc"]


def test_nothing_is_pending_before_the_first_quantization(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(write_model(depthwise_net(), tmp_path, "deep")))
    session.configure("quantize", shift_bits=3)
    assert pending(session).changes == ()
    assert operators(session) == []
    assert wide_names(session) == frozenset()
