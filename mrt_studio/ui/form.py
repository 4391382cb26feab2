"""A stage's options as a form: one field for each, checked by the same rules as the command line."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import panel as pn

from mrt_studio.errors import OptionError
from mrt_studio.session.options import Option, as_text, parse_option
from mrt_studio.ui import kit

Configure = Callable[[str, str, Any], Awaitable[None]]


class Field:
    """One option: a widget, and the way of its value in and out."""

    def __init__(self, stage: str, name: str, declared: Option, value: Any, configure: Configure) -> None:
        self.stage, self.name, self.declared = stage, name, declared
        self._configure = configure
        self._shown = False
        self.widget = make_widget(name, declared, value)
        self.widget.param.watch(self._edited, "value")

    def show(self, value: Any) -> None:
        """Show the session's value; a message about an earlier one goes."""
        self._shown = True
        self.widget.value = widget_value(self.declared, value)
        self._shown = False
        self._message("")

    async def take(self, given: Any) -> None:
        """Give a value from the page to the session, or say under the field why not."""
        try:
            value = parse_option(self.stage, self.name, self.declared, given) if isinstance(given, str) else given
            await self._configure(self.stage, self.name, value)
        except OptionError as error:
            self._message(error.why or error.what)
        else:
            self._message("")

    def _edited(self, event: Any) -> None:
        if not self._shown:
            pn.state.execute(functools.partial(self.take, event.new))

    def _message(self, text: str) -> None:
        if hasattr(self.widget, "helper_text"):
            self.widget.param.update(helper_text=text or hint(self.declared), error_state=bool(text))


class StageForm:
    """The fields of one stage."""

    def __init__(self, stage: str, declared: dict[str, Option], values: dict[str, Any], configure: Configure) -> None:
        self.fields = {name: Field(stage, name, option, values.get(name), configure) for name, option in declared.items()}
        self.panel = pn.Column(*[f.widget for f in self.fields.values()], sizing_mode="stretch_width")

    def show(self, values: dict[str, Any]) -> None:
        """Show the session's values."""
        for name, field in self.fields.items():
            field.show(values.get(name))


def make_widget(name: str, declared: Option, value: Any) -> Any:
    """The widget for an option, showing `value`."""
    label, shown = title(name, declared), widget_value(declared, value)
    if declared.kind == "flag":
        return kit.switch(label, shown, description=declared.help)
    if declared.kind == "choice":
        return kit.select(label, list(declared.choices), shown, helper_text=hint(declared))
    if declared.choices:
        return kit.suggestion_field(label, shown, list(declared.choices), helper_text=hint(declared))
    return kit.text_field(label, shown, helper_text=hint(declared))


def widget_value(declared: Option, value: Any) -> Any:
    """An option's value as its widget holds it."""
    if declared.kind == "flag":
        return bool(value)
    return value if declared.kind == "choice" else as_text(value)


def title(name: str, declared: Option) -> str:
    """The label of an option's field."""
    words = name.replace("_", " ").capitalize()
    return f"{words} ({declared.unit})" if declared.unit else words


def hint(declared: Option) -> str:
    """The line under a field."""
    return declared.help[:1].upper() + declared.help[1:]
