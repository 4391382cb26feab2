"""What differs between two recipes, one line an option or, in tables, a name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mrt_studio.recipes.base import Recipe

SETS = {("quantize", "wide"): "wide"}
"""Options that are lists but mean sets of names, and what a name in one is called."""


@dataclass(frozen=True)
class Change:
    """One option, or one name in an option that is a table, with two values.

    Attributes:
        stage, option: which option.
        name: the name in a table, such as a tensor; empty when the option has one value.
        before, after: plain data; None where it was not set.
    """

    stage: str
    option: str
    name: str
    before: Any
    after: Any

    @property
    def path(self) -> str:
        """The option as people write it, such as quantize.observer."""
        return f"{self.stage}.{self.option}"


def plain(recipe: Mapping[str, Mapping[str, Any]]) -> Recipe:
    """The recipe as JSON gives it back, so that recipes from files and from sessions compare equal."""
    return json.loads(json.dumps(recipe))


def differences(before: Recipe, after: Recipe, stages: Iterable[str] = ()) -> tuple[Change, ...]:
    """All changes that lead from one plain recipe to another, by stage, option and name; of `stages` only, if they are given."""
    found = list[Change]()
    for stage in stages or dict.fromkeys((*before, *after)):
        old, new = before.get(stage, {}), after.get(stage, {})
        for option in dict.fromkeys((*old, *new)):
            a, b = _table(stage, option, old.get(option)), _table(stage, option, new.get(option))
            if isinstance(a, dict) or isinstance(b, dict):
                mine, theirs = cast("dict[str, Any]", a or {}), cast("dict[str, Any]", b or {})
                names = sorted({*mine, *theirs})
                found += [Change(stage, option, n, mine.get(n), theirs.get(n)) for n in names if mine.get(n) != theirs.get(n)]
            elif a != b:
                found.append(Change(stage, option, "", a, b))
    return tuple(found)


def taken_back(recipe: Recipe, change: Change) -> dict[str, Any]:
    """The option of a change as {option: value}, with the change alone taken back."""
    if not change.name:
        return {change.option: change.before}
    table = dict(_table(change.stage, change.option, recipe.get(change.stage, {}).get(change.option)) or {})
    table.pop(change.name, None)
    if change.before is not None:
        table[change.name] = change.before
    return {change.option: list(table) if (change.stage, change.option) in SETS else table}


def _table(stage: str, option: str, value: Any) -> Any:
    """A list that means a set as a table."""
    word = SETS.get((stage, option))
    return dict.fromkeys(cast("list[str]", value or []), word) if word else value
