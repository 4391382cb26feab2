"""Options declared once: a dataclass field with help and limits, checked wherever a value comes from."""

from __future__ import annotations

import ast
import dataclasses
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mrt_studio.errors import OptionError

_KEY = "option"
_FLAGS = {"true": True, "false": False}


def _sizes(text: str) -> tuple[int, ...]:
    """The sizes in ``1x3x224x224``."""
    return tuple(map(int, text.split("x")))


def _split(text: str) -> list[str]:
    """The parts between commas that are not inside round brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _pair(text: str) -> tuple[str, str]:
    """Name and value around the last equals sign in front of the first round bracket; no name without one."""
    head, bracket, rest = text.partition("(")
    name, _, value = head.rpartition("=")
    return name.strip(), (value + bracket + rest).strip()


_TABLES: dict[str, tuple[Callable[[str], Any], str]] = {
    "numbers": (float, "name=1.5, name=2"),
    "words": (str, "name=word, name=word"),
    "shapes": (_sizes, "name=1x3x224x224, name=1x4"),
}
"""Kinds that are tables: how the text of a value is read, and an example."""

Kind = Literal["integer", "number", "text", "path", "flag", "integers", "names", "numbers", "words", "shapes", "choice"]


@dataclass(frozen=True)
class Option:
    """What is known of one option.

    Attributes:
        kind: integer, number, text, path, flag, integers (a list), names (a list), numbers (a table name -> number),
            words (a table name -> text), shapes (a table name -> integers) or choice.
        help: one line for people.
        low, high: inclusive limits of a number or of each integer of a list.
        optional: whether None (not set) is a value.
        choices: the known words; for ``text`` they are suggestions.
        unit: what a number counts, for forms.
        was_flag: the choices that false and true stand for, where the option was a flag once; recipes with those stay readable.
    """

    kind: Kind
    help: str
    low: float = -math.inf
    high: float = math.inf
    optional: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    was_flag: tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """The value of a command-line word; raises ValueError."""
        if self.optional and text.lower() in ("", "none"):
            return None
        if self.kind in ("text", "path", "choice"):
            return _FLAGS.get(text.lower(), text) if self.was_flag else text
        if self.kind == "flag":
            return _FLAGS[text.lower()]
        if self.kind == "names":
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if self.kind in _TABLES:
            read, example = _TABLES[self.kind]
            pairs = [_pair(part) for part in _split(text) if part.strip()]
            if any(not name for name, _ in pairs):
                raise ValueError(f"it must be written like {example}")
            return {name: read(value) for name, value in pairs}
        value = ast.literal_eval(text)
        return tuple(value) if isinstance(value, list | tuple) else (value,) if self.kind == "integers" else value

    def check(self, value: Any) -> Any:
        """The value in its canonical form; raises ValueError with the reason."""
        if value is None:
            if self.optional:
                return None
            raise ValueError("a value is needed")
        return getattr(self, f"_check_{self.kind}")(value)

    def _check_integer(self, value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not self.low <= value <= self.high:
            raise ValueError(f"it must be an integer{self._limits()}")
        return value

    def _check_number(self, value: Any) -> float:
        if not self._is_number(value):
            raise ValueError(f"it must be a number{self._limits()}")
        return float(value)

    def _check_text(self, value: Any) -> str:
        if not isinstance(value, str) or "\0" in value or len(value) > 4096:
            raise ValueError("it must be text of at most 4,096 characters")
        return value

    def _check_path(self, value: Any) -> str:
        return self._check_text(value)

    def _check_choice(self, value: Any) -> str:
        if self.was_flag and isinstance(value, bool):
            return self.was_flag[value]
        if value not in self.choices:
            raise ValueError(f"it must be one of {', '.join(self.choices)}")
        return value

    def _check_flag(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("it must be true or false")
        return value

    def _check_integers(self, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or any(type(v) is not int or not self.low <= v <= self.high for v in value):
            raise ValueError(f"it must be a list of integers{self._limits()}")
        return tuple(value)

    def _check_names(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or any(not isinstance(v, str) for v in value):
            raise ValueError("it must be a list of names")
        return tuple(dict.fromkeys(value))

    def _check_numbers(self, value: Any) -> dict[str, float]:
        if not isinstance(value, dict):
            raise ValueError("it must be a table of name = number")
        table = {str(k): v for k, v in value.items()}
        if not all(map(self._is_number, table.values())):
            raise ValueError(f"its values must be numbers{self._limits()}")
        return {name: float(table[name]) for name in sorted(table)}

    def _check_words(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or any(not isinstance(v, str) for v in value.values()):
            raise ValueError("it must be a table of name = text")
        return {str(k): value[k] for k in sorted(value)}

    def _check_shapes(self, value: Any) -> dict[str, tuple[int, ...]]:
        if not isinstance(value, dict):
            raise ValueError("it must be a table of name = list of integers")
        return {str(k): self._check_integers(value[k]) for k in sorted(value)}

    def _is_number(self, value: Any) -> bool:
        # Comparing, unlike converting, takes integers of any size.
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max and self.low <= value <= self.high

    def _limits(self) -> str:
        low = "" if self.low == -math.inf else f" of at least {self.low:g}"
        return low + ("" if self.high == math.inf else f"{' and' if low else ' of'} at most {self.high:g}")


def option(default: Any, kind: Kind, help: str, **more: Any) -> Any:  # noqa: A002  (the word people know)
    """Declare a field that is an option."""
    declared = Option(kind, help, **more)
    if isinstance(default, dict):
        return dataclasses.field(default_factory=dict, metadata={_KEY: declared})
    return dataclasses.field(default=default, metadata={_KEY: declared})


def options_of(cls: type) -> dict[str, Option]:
    """The options of a stage, by name, in the order of declaration."""
    return {f.name: f.metadata[_KEY] for f in dataclasses.fields(cls) if _KEY in f.metadata}


def check_options(owner: str, cls: type, values: dict[str, Any]) -> dict[str, Any]:
    """Check all values against the declarations.

    Raises:
        OptionError: an option is unknown or its value is not allowed; names the option and the reason.
    """
    known = options_of(cls)
    if unknown := sorted(values.keys() - known.keys()):
        raise OptionError(f"The stage {owner} has no option {unknown[0]!r}.", remedy=f"Its options are: {', '.join(known) or 'none'}.")
    checked: dict[str, Any] = {}
    for name, value in values.items():
        try:
            checked[name] = known[name].check(value)
        except ValueError as error:
            raise OptionError(f"The option {name} of {owner} cannot be {value!r}.", where=f"{owner}.{name}", why=f"{error}.", remedy=known[name].help) from None
    return checked


def parse_option(owner: str, name: str, declared: Option, text: str) -> Any:
    """A command-line word as a checked value.

    Raises:
        OptionError: the word does not parse or its value is not allowed.
    """
    try:
        return declared.check(declared.parse(text))
    except (ValueError, KeyError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        reason = str(error) if isinstance(error, ValueError) and "malformed" not in str(error) else f"it is no {declared.kind}"
        raise OptionError(
            f"{text!r} is no value for --{name.replace('_', '-')}.", where=f"{owner}.{name}", why=f"{reason[:1].upper()}{reason[1:]}.", remedy=declared.help
        ) from None
