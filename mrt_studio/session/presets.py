"""The recipes that come with the studio, as a choice for a session: how to quantize, not what."""

from __future__ import annotations

from functools import cache

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Recipe, presets
from mrt_studio.session.session import Session
from mrt_studio.stages.base import make_stage

CHANGED = ""
"""Stands for options that are none of the presets'."""


@cache
def _known() -> dict[str, Recipe]:
    """The presets, read once: every change of an option asks for them."""
    return presets()


def preset_names() -> list[str]:
    """Their names."""
    return list(_known())


def _preset(name: str) -> Recipe:
    known = _known()
    if name not in known:
        raise OptionError(f"There is no recipe called {name!r}.", where="run.preset", remedy=f"There are {', '.join(known)}.")
    return known[name]


def _settings() -> dict[str, set[str]]:
    """Stage -> the options that any preset has, but for how many samples are taken: that depends on the session's data."""
    found: dict[str, set[str]] = {}
    for recipe in _known().values():
        for stage, fields in recipe.items():
            if stage not in ("evaluate", "compile"):
                found.setdefault(stage, set()).update(fields.keys() - {"batch", "count"})
    return found


def apply_preset(session: Session, name: str) -> None:
    """Set the options to those of a preset; what it leaves out that another has gets its default.

    Raises:
        OptionError: there is no preset of that name.
    """
    preset = _preset(name)
    for stage, options in _settings().items():
        session.configure(stage, **{option: preset.get(stage, {}).get(option) for option in options})


def preset_of(session: Session) -> str:
    """The preset whose options a session has, or an empty text when they were changed."""
    settings = _settings()
    for name, recipe in _known().items():
        wanted = {stage: make_stage(stage, recipe.get(stage, {})).options() for stage in settings}
        if all(session[stage].options().get(option) == wanted[stage].get(option) for stage, options in settings.items() for option in options):
            return name
    return CHANGED


def with_preset(recipe: Recipe) -> Recipe:
    """A recipe on top of the preset that its line ``run.preset`` names.

    Raises:
        OptionError: there is no preset of that name.
    """
    name = recipe.get("run", {}).get("preset")
    if name is None:
        return recipe
    preset = _preset(name)
    return {stage: {**preset.get(stage, {}), **recipe.get(stage, {})} for stage in {**preset, **recipe}}
