"""The options as a recipe file of the studio."""

from __future__ import annotations

from mrt_studio.recipes.toml import write_toml
from mrt_studio.session.exports.base import Exporter, exporters
from mrt_studio.session.session import Session


@exporters.register("recipe")
class TomlRecipe(Exporter):
    """All options, and thresholds set by hand; mrt-studio run takes it."""

    title, group, suffix, media = "Recipe (TOML)", "Recipe", "toml", "application/toml"

    def write(self, session: Session) -> str:
        """The recipe."""
        return write_toml(session.recipe())
