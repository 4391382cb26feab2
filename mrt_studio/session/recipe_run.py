"""What a whole recipe file asks for: options of the stages, which stages to run, and what has no effect here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Recipe
from mrt_studio.session.presets import with_preset


class RecipeRun(NamedTuple):
    """The options by stage, the stages to run, and one sentence for each line without effect."""

    options: Recipe
    targets: tuple[str, ...]
    ignored: tuple[str, ...]


def plan_recipe(recipe: Recipe) -> RecipeRun:
    """Take apart a recipe that may come from MRT's own files.

    `run.start_after` needs no attention: what is done is never done again.

    Raises:
        OptionError: it keeps operators in float, which the pipeline does not do, or merges without a split.
    """
    recipe = with_preset(recipe)
    merges = [name for name in ("attribute_deps", "output_maps") if recipe.get("quantize", {}).get(name)]
    if merges and not recipe.get("prepare", {}).get("split_keys"):
        raise OptionError(
            f"The recipe merges a split model ({', '.join(merges)}) but splits none.",
            where=f"quantize.{merges[0]}",
            remedy="Give prepare.split_keys, or leave these settings out.",
        )
    if names := recipe.get("quantize", {}).get("restore"):
        raise OptionError(
            f"The recipe keeps {', '.join(map(str, names))} in float, which the pipeline does not do.",
            where="quantize.restore",
            remedy="Leave the names out, or split the model below them with prepare.split_keys.",
        )
    options = {stage: dict(fields) for stage, fields in recipe.items() if stage != "run"}
    options.get("quantize", {}).pop("restore", None)
    folder = options.get("compile", {}).pop("folder", None)
    ignored = () if folder is None else (f"The folder {folder} for compiled models has no effect here: they are in the project folder.",)
    return RecipeRun(options, _targets(recipe.get("run", {})), ignored)


def _targets(run: Mapping[str, Any]) -> tuple[str, ...]:
    """One stage, or evaluation and compilation unless they are left out."""
    only = run.get("only")
    if only not in (None, "all"):
        return (str(only),)
    skipped = run.get("skip", ())
    return tuple(name for name in ("evaluate", "compile") if name not in skipped) or ("quantize",)
