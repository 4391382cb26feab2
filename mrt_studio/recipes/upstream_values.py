"""The loosely written values of MRT's configuration files, read strictly.

MRT evaluates many of its values as Python. Here a value is what the file's format says, or text: a literal, or
items separated by commas and parts of an item by colons. Each reader takes either form and raises ValueError
with the reason when it is neither.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, cast

Reader = Callable[[Any], Any]


def is_none(value: Any) -> bool:
    """Whether the value stands for the default: nothing, empty text, or the word None."""
    return value is None or (isinstance(value, str) and value.strip() in {"", "None"})


def anything(value: Any) -> Any:
    """Whatever it is: the value has no effect here."""
    return value


def text(value: Any) -> str:
    """Text; a number that YAML made out of a name is refused."""
    if isinstance(value, str):
        return value.strip()
    raise ValueError("it is no text; put it in quotes")


def whole(low: int, high: int = 1 << 31) -> Reader:
    """An integer from `low` to `high`."""

    def read(value: Any) -> int:
        found = _literal(value)
        if type(found) is int and low <= found <= high:
            return found
        raise ValueError(f"it must be an integer from {low} to {high}")

    return read


def positive(value: Any) -> float:
    """A number above zero, at most 1e30."""
    found = _literal(value)
    if type(found) in {int, float} and 0 < found <= 1e30:
        return found
    raise ValueError("it must be a number above zero")


def flag(value: Any) -> bool:
    """True or false."""
    found = {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else value
    if type(found) is bool:
        return found
    raise ValueError("it must be True or False")


def word(*words: str) -> Reader:
    """One of some words."""

    def read(value: Any) -> str:
        if isinstance(value, str) and value.strip() in words:
            return value.strip()
        raise ValueError(f"it must be one of {', '.join(words)}")

    return read


def shape(value: Any) -> list[int]:
    """Sizes, of which -1 stands for the batch."""
    found = _sequence(_literal(value))
    if all(type(n) is int and (n == -1 or 0 < n <= 1 << 24) for n in found) and 0 < len(found) <= 8 and found.count(-1) <= 1:
        return found
    raise ValueError("it must be a list of sizes such as [-1, 3, 224, 224]")


def names(value: Any) -> list[str]:
    """Names, as a list or separated by commas."""
    found = [item.strip() for item in value.split(",") if item.strip()] if _is_bare(value) else _sequence(_literal(value))
    if all(isinstance(name, str) for name in found):
        return found
    raise ValueError("it must be a list of names")


def numbers(value: Any) -> dict[str, float]:
    """Positive numbers by name: [[name, number], ...] or ``name: number, ...``."""
    return _table([(name, positive(number)) for name, number in _rows(value, 2)])


def links(value: Any) -> dict[str, str]:
    """Names by name: [[new, old], ...] or ``new: old, ...``; old may be None."""
    return _table([(new, "None" if is_none(old) else text(old)) for new, old in _rows(value, 2)])


def nested_links(value: Any) -> dict[str, dict[str, str]]:
    """Names by operator and attribute: [[op, [[attribute, name], ...]], ...] or ``op: attribute: name, ...``."""
    if not _is_bare(value):
        return _table([(op, links(rows)) for op, rows in _rows(value, 2)])
    rows = _rows(value, 3)
    return {op: _table([(attribute, name) for owner, attribute, name in rows if owner == op]) for op, _, _ in rows}


def _literal(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return ast.literal_eval(value.strip())
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise ValueError("it is no literal value") from None


def _is_bare(value: Any) -> bool:
    return isinstance(value, str) and not value.lstrip().startswith(("[", "("))


def _sequence(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(cast("list[Any]", value))
    return [value]


def _rows(value: Any, parts: int) -> list[list[Any]]:
    if _is_bare(value):
        rows = [[part.strip() for part in item.split(":")] for item in value.split(",") if item.strip()]
    else:
        rows = [_sequence(row) for row in _sequence(_literal(value))]
    if all(len(row) == parts and isinstance(row[0], str) for row in rows):
        return rows
    raise ValueError(f"it must be a list of items of {parts} parts, the first a name")


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) == len(pairs):
        return table
    raise ValueError("a name appears twice")
