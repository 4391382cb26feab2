"""An overlay that a person brings, as a dict or as JSON: checked, then described like our own."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any, NoReturn, cast

from mrt_studio.errors import FormatError
from mrt_studio.ir.names import check_text, shown
from mrt_studio.session.graphs import shown as shown_nodes
from mrt_studio.session.graphs import stage_graph
from mrt_studio.session.overlays.base import Better, Data, Scale, Value, described
from mrt_studio.session.session import Session

LONGEST = 32 << 20
"""Characters of JSON."""
KEYS = {"label", "values", "low", "high", "unit", "scale", "better", "adds_up"}
SCALES = ("linear", "log", "category")


def read_overlay(text: str, nodes: Collection[str]) -> Data:
    """Read an overlay from JSON, such as ``{"label": "time", "unit": "ms", "values": {"conv0": 1.5}}``.

    Raises:
        FormatError: it is no JSON, or no overlay for a graph of these nodes.
    """
    if len(text) > LONGEST:
        raise FormatError(f"The overlay has {len(text):,} characters.", why=f"At most {LONGEST:,} are read.")
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FormatError("The overlay is no valid JSON.", why=str(error), remedy="Write an object with label and values.") from None
    return check_overlay(found, nodes)


def stage_overlay(session: Session, stage: str, content: bytes) -> Data:
    """Read an overlay for the graph of a session's stage from the bytes of a JSON file.

    Raises:
        ArtifactError: the stage has not run.
        FormatError: the bytes are no overlay of its nodes.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise FormatError("The overlay cannot be read.", why=str(error), remedy="Save the JSON file as UTF-8.") from None
    return read_overlay(text, {node.name for node in shown_nodes(stage_graph(session, stage))})


def overlay_file(path: Path, nodes: Collection[str]) -> Data:
    """Read an overlay from a JSON file.

    Raises:
        FormatError: the file cannot be read, or it is no overlay for a graph of these nodes.
    """
    try:
        if path.stat().st_size > LONGEST:
            raise FormatError(f"The overlay has {path.stat().st_size:,} bytes.", where=str(path), why=f"At most {LONGEST:,} are read.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError("The overlay cannot be read.", where=str(path), why=str(error), remedy="Name a JSON file with label and values.") from None
    return read_overlay(text, nodes)


def check_overlay(found: Any, nodes: Collection[str]) -> Data:
    """Check an overlay: `label` and `values` are needed; low, high, unit, scale, better and adds_up have defaults.

    Raises:
        FormatError: a key is unknown or missing, a node is not in the graph, or a value is no finite number and no text.
    """
    if not isinstance(found, dict):
        raise FormatError(f"The overlay must be an object with label and values, not {shown(found)}.")
    given = cast("dict[str, Any]", found)
    if odd := sorted(map(str, given.keys() - KEYS)):
        raise FormatError(f"The overlay has the unknown key {shown(odd[0])}.", remedy=f"The keys are: {', '.join(sorted(KEYS))}.")
    values = given.get("values")
    if not isinstance(values, dict):
        raise FormatError("The overlay's values must be an object: node = number or text.")
    checked = {_node(name, nodes): _value(name, value) for name, value in cast("dict[Any, Any]", values).items()}
    label = check_text(given.get("label"), "overlay's label", 200, "label")
    unit = check_text(given.get("unit", ""), "overlay's unit", 40, "unit", empty=True)
    scale, better, adds_up = _scale(given.get("scale"), checked), _better(given.get("better", "")), _adds_up(given.get("adds_up", False))
    made = described(checked, label=label, unit=unit, scale=scale, better=better, adds_up=adds_up)
    ends = {end: _value(end, given.get(end, made[end])) for end in ("low", "high")}
    if any(isinstance(end, str) for end in ends.values()) or ends["low"] > ends["high"]:  # pyright: ignore[reportOperatorIssue]
        raise FormatError(f"The overlay's ends are {shown(ends['low'])} and {shown(ends['high'])}.", why="Low and high must be numbers in order.")
    return made | ends


def _scale(scale: Any, values: dict[str, Value]) -> Scale:
    if scale is None:
        return "category" if any(isinstance(v, str) for v in values.values()) else "linear"
    if scale not in SCALES:
        raise FormatError(f"The overlay's scale is {shown(scale)}.", remedy=f"Use one of: {', '.join(SCALES)}.")
    if scale != "category" and any(isinstance(v, str) for v in values.values()):
        raise FormatError("An overlay with texts as values must have the scale 'category'.")
    return scale


def _better(better: Any) -> Better:
    if better not in ("high", "low", ""):
        raise FormatError(f"What is better is {shown(better)}.", remedy="Use 'high', 'low' or nothing.")
    return better


def _adds_up(adds_up: Any) -> bool:
    if not isinstance(adds_up, bool):
        raise FormatError(f"Whether the values add up is {shown(adds_up)}.", remedy="Use true or false for adds_up.")
    return adds_up


def _node(name: Any, nodes: Collection[str]) -> str:
    if name not in nodes:
        raise FormatError(f"The overlay has a value for {shown(name)}, which is no node of the graph.", where=str(name)[:200])
    return name


def _value(name: Any, value: Any) -> Value:
    if isinstance(value, str):
        return check_text(value, f"value of {shown(name)}", 200, str(name), empty=True)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FormatError(f"The value of {shown(name)} is {shown(value)}.", why="It must be a finite number or a text.")
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
