"""A field for every kind of option: it shows the value, gives it back, and says why it refuses one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.session.options import ORDER, Option, as_text, stage_options
from mrt_studio.session.session import Session
from mrt_studio.ui.form import Field, StageForm, make_widget, widget_value

CASES = [
    (Option("integer", "help", low=1), 16, "32", 32),
    (Option("integer", "help", optional=True), None, "3", 3),
    (Option("number", "help"), 1.5, "2.25", 2.25),
    (Option("text", "help"), "photos()", "mnist()", "mnist()"),
    (Option("text", "help", choices=("absmax", "other")), "absmax", "mrt_lambda(lambd=10)", "mrt_lambda(lambd=10)"),
    (Option("path", "help"), "", "/a/b.json", "/a/b.json"),
    (Option("flag", "help"), False, True, True),
    (Option("integers", "help"), (1, 3, 8, 8), "-1, 3, 4, 4", (-1, 3, 4, 4)),
    (Option("names", "help"), (), "a, b", ("a", "b")),
    (Option("numbers", "help"), {}, "a=1.5, b=2", {"a": 1.5, "b": 2.0}),
    (Option("choice", "help", choices=("x", "y")), "x", "y", "y"),
]


def taken(declared: Option, start: Any, given: Any) -> tuple[list[Any], Field]:
    """What a field passes on when the page gives it a value."""
    seen: list[Any] = []

    async def configure(stage: str, name: str, value: Any) -> None:
        seen.append((stage, name, value))

    field = Field("stage", "an_option", declared, start, configure)
    asyncio.run(field.take(given))
    return seen, field


@pytest.mark.parametrize(("declared", "start", "given", "value"), CASES, ids=lambda part: part.kind if isinstance(part, Option) else None)
def test_every_kind_shows_and_gives_back_its_value(declared: Option, start: Any, given: Any, value: Any) -> None:
    widget = make_widget("an_option", declared, start)
    assert widget.label == "An option"
    assert widget.value == widget_value(declared, start)
    assert taken(declared, start, given)[0] == [("stage", "an_option", value)]


def test_an_invalid_value_goes_nowhere_and_says_why() -> None:
    seen, field = taken(Option("integer", "how many", low=1), 4, "0")
    assert seen == []
    assert field.widget.error_state
    assert "at least 1" in field.widget.helper_text
    field.show(4)
    assert (field.widget.error_state, field.widget.helper_text, field.widget.value) == (False, "How many", "4")


def test_a_refusal_of_the_session_is_shown() -> None:
    async def refuse(*_: Any) -> None:
        raise OptionError("No.", why="It is too late.")

    field = Field("stage", "a", Option("text", "help"), "x", refuse)
    asyncio.run(field.take("y"))
    assert field.widget.helper_text == "It is too late."


@pytest.mark.parametrize("stage", ORDER)
def test_every_stage_has_a_form(stage: str, tmp_path) -> None:
    async def configure(*_: Any) -> None: ...

    values = Session(tmp_path)[stage].options()
    form = StageForm(stage, stage_options(stage), values, configure)
    assert form.fields.keys() == stage_options(stage).keys()
    for name, field in form.fields.items():
        assert field.widget.value == widget_value(field.declared, values.get(name))


@pytest.mark.parametrize("value", [3, 1.5, (1, 2), ("a", "b"), {"a": 0.1, "b": 2.0}, "text"])
def test_text_of_values_reads_back(value: Any) -> None:
    kind = {int: "integer", float: "number", str: "text", dict: "numbers"}.get(type(value)) or ("names" if isinstance(value[0], str) else "integers")
    declared = Option(kind, "help")  # type: ignore[arg-type]
    assert declared.check(declared.parse(as_text(value))) == value


def test_restoring_a_recipe_takes_back_every_option(tmp_path) -> None:
    session = Session(tmp_path)
    before = session.recipe()
    session.configure("calibrate", batch=2, start=5)
    session.configure("quantize", thresholds={"a": 1.0}, output_precision=8)
    session.replace(before)
    assert session.recipe() == before
