"""The stages' options as the skins see them: what there is, and text for values."""

from __future__ import annotations

from typing import Any

from mrt_studio.stages.base import ORDER, stages
from mrt_studio.stages.options import Option, options_of, parse_option

__all__ = ["ORDER", "Option", "as_text", "parse_option", "stage_options", "stage_title"]


def stage_options(stage: str) -> dict[str, Option]:
    """The options of a stage, by name, in the order of declaration."""
    return options_of(stages[stage])


def stage_title(stage: str) -> str:
    """What people call a stage."""
    return stages[stage].title


def as_text(value: Any) -> str:
    """A value as the text that `parse_option` reads back."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name}={_entry(entry)}" for name, entry in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _entry(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
