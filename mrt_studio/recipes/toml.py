"""The studio's own recipe files: TOML, one table a stage."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any, cast

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Override, ReadRecipe, Recipe, RecipeFormat, check_recipe, recipe_formats

_DOTTED = re.compile(r"[\w\"'-]+(?:[ \t]*\.[ \t]*[\w\"'-]+)*")
_MOST_DOTS = 64
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@recipe_formats.register("toml")
class Toml(RecipeFormat):
    """Our own format; overrides are TOML values, or text as it is."""

    suffixes = (".toml",)

    def read(self, text: str, overrides: Sequence[Override], where: str) -> ReadRecipe:
        """Read a recipe; everything in it counts."""
        for name in _DOTTED.finditer(text):
            if (dots := name[0].count(".")) > _MOST_DOTS:  # tomllib takes the square of their number
                raise OptionError("The recipe is no TOML that is read.", where=where, why=f"A name has {dots:,} dots.", remedy="Correct the line.")
        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            raise OptionError("The recipe is no TOML.", where=where, why=f"{error}.", remedy="Correct the line.") from None
        recipe = check_recipe(data, where)
        for override in overrides:
            recipe.setdefault(override.section, {})[override.key] = _value(override.text)
        return ReadRecipe(check_recipe(recipe, where))


def write_toml(recipe: Recipe) -> str:
    """The recipe as TOML that reads back equal; the same recipe gives the same text.

    Raises:
        OptionError: the recipe holds something that is not plain data.
    """
    tables = (
        "\n".join([f"[{_key(stage)}]", *(f"{_key(field)} = {_write(value)}" for field, value in fields.items())])
        for stage, fields in check_recipe(recipe).items()
    )
    return "\n\n".join(tables) + "\n"


def _value(text: str) -> Any:
    try:
        found = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text
    return found["value"] if len(found) == 1 else text


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    # JSON escapes what TOML asks for, but for DEL, which TOML wants escaped too; beyond ASCII both allow everything.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_write, cast('list[Any]', value)))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(k)} = {_write(v)}' for k, v in cast('dict[str, Any]', value).items())}}}"
    return repr(value)
