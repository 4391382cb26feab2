"""What a recipe is, and a guide to writing a reader of one more format.

A recipe is plain nested data: stage -> field -> value, such as {"calibrate": {"batch": 16}}. Values are text,
numbers, truth values, lists, and tables of these. Which stages and fields there are is for the stages to say.

Guide. One format is one file here with one decorated class; `suffixes` says which files it reads:

    @recipe_formats.register("toml")
    class Toml(RecipeFormat):
        '''The studio's own recipe files.'''

        suffixes = (".toml",)

        def read(self, text, overrides, where): ...   the recipe, and what the file says without effect here

A preset is a .toml file in this folder. No value of a file is ever evaluated.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, cast

from mrt_studio.errors import OptionError
from mrt_studio.registry import Registry

Recipe = dict[str, dict[str, Any]]

MAX_BYTES = 1 << 18
_MAX_DEPTH = 8


class ReadRecipe(NamedTuple):
    """A recipe, and one sentence for each thing in its file that has no effect here."""

    recipe: Recipe
    ignored: tuple[str, ...] = ()


class Override(NamedTuple):
    """A value from the command line that replaces one of the file: ``--section.key text``."""

    section: str
    key: str
    text: str

    @property
    def where(self) -> str:
        """The flag as it was written."""
        return f"--{self.section}.{self.key}"


class RecipeFormat(ABC):
    """A reader of recipe files."""

    suffixes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, text: str, overrides: Sequence[Override], where: str) -> ReadRecipe:
        """Read a file's text; `where` is its name for errors.

        Raises:
            OptionError: the text is no recipe, or a key or a value in it is not understood.
        """


recipe_formats: Registry[type[RecipeFormat]] = Registry("recipe format", "mrt_studio.recipes")


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> ReadRecipe:
    """Read a recipe file; the suffix of its name chooses the reader.

    `overrides` are words of a command line, ``--section.key value`` in the terms of the file's format.

    Raises:
        OptionError: the file cannot be read, or something in it is not understood.
    """
    known = {suffix: cls for cls in recipe_formats.values() for suffix in cls.suffixes}
    reader = known.get(path.suffix.lower())
    if reader is None:
        raise OptionError("This is no recipe file.", where=str(path), why=f"Its name does not end with {', '.join(sorted(known))}.", remedy="Rename it.")
    return reader().read(_text_of(path), parse_overrides(overrides), path.name)


def presets() -> dict[str, Recipe]:
    """The recipes that come with the studio, by name."""
    return {path.stem: read_recipe(path).recipe for path in sorted(Path(__file__).parent.glob("*.toml"))}


def parse_overrides(words: Sequence[str]) -> tuple[Override, ...]:
    """Split ``--section.key value ...`` into overrides.

    Raises:
        OptionError: a word is not of this form, or a value is missing.
    """
    found: list[Override] = []
    for at in range(0, len(words), 2):
        flag = re.fullmatch(r"--([A-Za-z]\w*)\.([A-Za-z]\w*)", words[at])
        if flag is None or at + 1 == len(words):
            why = "It is not of the form --section.key." if flag is None else "Its value is missing."
            raise OptionError(f"The argument {words[at][:80]!r} is not understood.", why=why, remedy="Write for example --calibrate.batch 16.")
        found.append(Override(flag[1], flag[2], words[at + 1]))
    return tuple(found)


def check_recipe(data: object, where: str = "") -> Recipe:
    """The data itself, if it is a recipe.

    Raises:
        OptionError: it is not stage -> field -> plain value.
    """
    if type(data) is not dict:
        raise OptionError("A recipe is a table of stages.", where=where)
    recipe = cast("Recipe", data)
    for stage, fields in recipe.items():
        if type(fields) is not dict or type(stage) is not str:
            raise OptionError(f"{stage!r} is no stage with fields.", where=where, remedy="Write the field under its stage, such as [calibrate].")
        for field, value in fields.items():
            if type(field) is not str or not _is_plain(value, _MAX_DEPTH):
                raise OptionError(
                    f"The value of {stage}.{field} is not plain data.",
                    where=where,
                    why="Text, finite numbers, true and false, lists, and tables of these can be written down.",
                )
    return recipe


def _is_plain(value: Any, depth: int) -> bool:
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is str:
        return re.search("[\ud800-\udfff]", value) is None
    if type(value) is list and depth:
        return all(_is_plain(item, depth - 1) for item in cast("list[Any]", value))
    if type(value) is dict and depth:
        return all(type(k) is str and _is_plain(k, 0) and _is_plain(v, depth - 1) for k, v in cast("dict[Any, Any]", value).items())
    return type(value) in {int, bool}


def _text_of(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise OptionError("The recipe file cannot be read.", where=str(path), why=f"It is not there, no regular file, or larger than {MAX_BYTES} bytes.")
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError("The recipe file cannot be read.", where=str(path), why=f"{error}.", remedy="Check the path; the text must be UTF-8.") from None
