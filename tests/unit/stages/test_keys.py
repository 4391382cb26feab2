"""The key of a stage's result: it changes with the options and the inputs, and with nothing else."""

import dataclasses

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.stages.base import ORDER, make_stage, stages
from mrt_studio.stages.options import options_of

STAGES = [name for name in ORDER if name != "load"]
"""Load's key depends on files; see the tests of sessions."""
OTHER = {
    "integer": lambda o, v: (o.low if v != o.low else o.high) if v is not None else max(o.low, 3),
    "number": lambda o, v: v / 2,
    "text": lambda o, v: f"{v}x",
    "path": lambda o, v: f"{v}x",
    "flag": lambda o, v: not v,
    "integers": lambda o, v: (*v, 7),
    "names": lambda o, v: (*v, "node"),
    "numbers": lambda o, v: v | {"node": 1.5},
    "words": lambda o, v: v | {"node": "other"},
    "shapes": lambda o, v: v | {"node": (1, 2)},
    "choice": lambda o, v: next(c for c in o.choices if c != v),
}
INPUTS = {"prepare": "abc", "calibrate": "def"}


@pytest.mark.parametrize("name", STAGES)
def test_each_option_changes_the_key(name):
    stage = make_stage(name, {})
    key = stage.key(INPUTS)
    assert key == make_stage(name, {}).key(dict(reversed(INPUTS.items())))
    assert len(key) == 24
    keys = {key}
    for option, declared in options_of(type(stage)).items():
        changed = dataclasses.replace(stage, **{option: OTHER[declared.kind](declared, getattr(stage, option))})
        keys.add(changed.key(INPUTS))
        assert make_stage(name, changed.options()).key(INPUTS) == changed.key(INPUTS)
    assert len(keys) == len(options_of(type(stage))) + 1


@pytest.mark.parametrize("name", STAGES)
def test_the_inputs_change_the_key(name):
    stage = make_stage(name, {})
    assert len({stage.key(i) for i in ({}, INPUTS, INPUTS | {"prepare": "abd"}, {"prepare": "def", "calibrate": "abc"})}) == 4


def test_equal_options_in_another_form_or_order_give_the_same_key():
    one = make_stage("quantize", {"thresholds": {"a": 1, "b": 2.0}, "input_precision": 8})
    two = make_stage("quantize", {"input_precision": 8.0, "thresholds": {"b": 2, "a": 1.0}, "output_precision": None})
    assert one.key(INPUTS) == two.key(INPUTS)
    assert make_stage("prepare", {"input_shape": [-1, 3, 8, 8]}).key({}) == make_stage("prepare", {"input_shape": (-1, 3, 8, 8)}).key({})


def test_stages_with_the_same_options_have_different_keys():
    assert len({make_stage(name, {}).key({}) for name in STAGES}) == len(STAGES)


def test_defaults_are_not_shared_between_stages():
    first, second = stages["quantize"](), stages["quantize"]()
    first.thresholds["x"] = 1.0
    assert second.thresholds == {}


def test_an_unknown_stage_is_refused():
    with pytest.raises(OptionError, match="no stage called 'quantise'") as caught:
        make_stage("quantise", {})
    assert "quantize" in caught.value.remedy
