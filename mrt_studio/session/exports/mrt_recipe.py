"""The options as MRT's own configuration files: YAML of V3, .ini of V1 and V2.

What MRT has no setting for is named in comments at the top. It is found by reading the text back, so that the list is never
too short. Where the observer is none of MRT's, the thresholds that it chose are written one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Recipe, recipe_formats
from mrt_studio.recipes.mrt_writer import is_mrt_observer, write_ini, write_yaml
from mrt_studio.session.exports.base import Exporter, exporters
from mrt_studio.session.recipe_run import plan_recipe
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER, make_stage
from mrt_studio.stages.load import DEMO

UNSAID: Mapping[str, frozenset[str]] = {"load": frozenset({"params"})}
"""Options that MRT derives from others: the parameters lie beside the symbol."""


@exporters.register("mrt_yaml")
class MrtYamlRecipe(Exporter):
    """The options that MRT V3 has too, as its YAML; comments say what it cannot express."""

    title, group, suffix, media = "MRT V3 (YAML)", "Recipe", "yaml", "application/yaml"

    def write(self, session: Session) -> str:
        """The configuration."""
        return _written(session, "mrt_yaml", write_yaml)


@exporters.register("mrt_ini")
class MrtIniRecipe(Exporter):
    """The options that MRT V1 and V2 have too, as their .ini; comments say what it cannot express."""

    title, group, suffix, media = "MRT V1, V2 (.ini)", "Recipe", "ini", "text/plain"

    def write(self, session: Session) -> str:
        """The configuration."""
        return _written(session, "mrt_ini", write_ini)


def _written(session: Session, form: str, write: Callable[[Recipe], str]) -> str:
    recipe = session.recipe()
    if not is_mrt_observer(recipe["quantize"]["observer"]) and session.done("calibrate"):
        recipe["quantize"] |= {"thresholds": {name: value for name, value in session.thresholds.items() if value > 0}}
    text = write(recipe)
    return "\n".join(["# Written by MRT Studio.", *(f"# {line}" for line in lost(session.recipe(), text, form)), text])


def lost(recipe: Recipe, text: str, form: str) -> list[str]:
    """One line for each option that a configuration says otherwise, or not at all."""
    try:
        read = plan_recipe(recipe_formats[form]().read(text, (), form).recipe).options
        made = {stage: make_stage(stage, read.get(stage, {})).options() for stage in ORDER}
    except OptionError as error:
        return [f"It is not complete: {ascii(error.what)[1:-1]}"]
    lines = list[str]()
    for stage in ORDER:
        wanted = make_stage(stage, recipe.get(stage, {})).options()
        if stage == "evaluate":  # not set means the data set of the calibration
            wanted["dataset"] = wanted["dataset"] or recipe.get("calibrate", {}).get("dataset", "")
        for name in sorted(wanted.keys() | made[stage].keys()):
            here, there = wanted.get(name), made[stage].get(name)
            if not _same(stage, name, here, there):
                lines.append(f"Not expressed: {stage}.{name} = {_short(here)}; here it is {_short(there)}.")
    return lines


def _same(stage: str, name: str, here: Any, there: Any) -> bool:
    if name in UNSAID.get(stage, ()) and not there:
        return True
    if (stage, name) == ("load", "model") and here and there:
        return Path(here) == Path(there) and not here.startswith(DEMO)  # MRT has no networks of its own
    return here == there


def _short(value: Any) -> str:
    """A value as one line of ASCII: it goes into a comment."""
    text = ascii(value)
    return text if len(text) <= 120 else f"{text[:120]}…".encode("ascii", "replace").decode()
