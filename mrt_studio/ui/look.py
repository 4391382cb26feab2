"""What a page shows, gathered from the session in one go; runs off the event loop.

Large parts are only made again when the content key behind them has changed. What is out of date, because an
option changed since, stays in sight and is named in `stale`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mrt_studio.errors import StudioError
from mrt_studio.session import outcome, views
from mrt_studio.session.graph_payload import graph_view
from mrt_studio.session.graphs import GRAPHS, counterparts, tensor_of
from mrt_studio.session.overlays.base import overlay_of, overlays, problem_of, to_measure
from mrt_studio.session.session import Session

Data = dict[str, Any]

OWN = "file"
"""The overlay that a person brought."""
MADE_BY_QUANTIZE = ("precision", "scale", "multiplier", "shift")


@dataclass(frozen=True)
class Asked:
    """What the page wants to see, and what it shows already.

    Attributes:
        stage: whose graph; selected: a node of it; colour: the overlay that colours the nodes, or empty.
        own: the overlay that a person brought, and its stage.
        keys: for each part the content keys it was made from.
        rows: the table as it is.
    """

    stage: str
    selected: str
    tensor: str
    colour: str
    own: Data = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: tuple[Data, ...] = ()


def look(session: Session, asked: Asked) -> Data:
    """The parts of the page that have changed, by name."""
    pipeline = views.pipeline(session)
    done = {row["stage"]: row["done"] for row in pipeline}
    keys = {stage: session.key(stage) for stage, is_done in done.items() if is_done}
    model = (keys.get("load", ""),)
    found: Data = {"pipeline": pipeline, "keys": dict(asked.keys), "stale": set[str](), "edited": session.thresholds.edited}
    parts = {"graph": (asked.stage, lambda: graph_view(session, asked.stage)), "results": ("evaluate", lambda: outcome.results(session))}
    parts["artifact"] = ("compile", lambda: outcome.artifact(session))
    for part, (stage, make) in parts.items():
        wanted = (*model, stage, keys.get(stage, ""))
        if asked.keys.get(part) == wanted:
            continue
        if done[stage]:
            found[part] = make()
            found["keys"][part] = wanted
        elif asked.keys.get(part, ())[:2] == wanted[:2] and model != ("",):
            found["stale"].add(part)
        else:
            found[part] = {}
            found["keys"].pop(part, None)
    found["rows"] = _rows(session, done, asked.rows, asked.keys.get("rows") == model)
    found["keys"]["rows"] = model
    if "graph" not in found["stale"]:
        found |= _overlay(session, asked)
        found["marks"] = _marks(session, done, asked.stage)
    return found | look_at(session, asked)


def look_at(session: Session, asked: Asked) -> Data:
    """The selected node: its name, its tensor and all that is known; empty when it is not in the graph any more."""
    try:
        tensor = tensor_of(session, asked.stage, asked.selected) if asked.selected else None
        details = views.node_details(session, asked.stage, asked.selected) if asked.selected else {}
    except StudioError:
        return _without_stage(session, asked)
    return {"selected": asked.selected, "tensor": tensor or "", "details": details}


def follow(session: Session, name: str, source: str, target: str) -> str:
    """The node of one stage's graph that stands for a node of another's, or nothing."""
    try:
        found = counterparts(session, name, source, target) if name else []
    except StudioError:
        return ""
    return name if name in found else found[-1] if found else ""


def _without_stage(session: Session, asked: Asked) -> Data:
    """The stage has to run again: show the tensor of the prepared model instead, keeping the selection."""
    try:
        details = views.node_details(session, "prepare", asked.tensor)
    except StudioError:
        return {"selected": "", "tensor": "", "details": {}}
    return {"selected": asked.selected, "tensor": asked.tensor, "details": details}


def _rows(session: Session, done: Mapping[str, bool], before: tuple[Data, ...], same_model: bool) -> list[Data]:
    if not done["prepare"]:
        return []
    rows = views.tensor_rows(session)
    if not done["quantize"] and same_model:
        old = {row["name"]: row for row in before}
        rows = [{**row, **{c: old[row["name"]][c] for c in MADE_BY_QUANTIZE}} if row["name"] in old else row for row in rows]
    return rows


def _overlay(session: Session, asked: Asked) -> Data:
    """The chosen overlay, or why it cannot be shown and what could be measured for it."""
    if asked.colour in ("", OWN):
        fits = asked.colour == OWN and asked.own.get("stage") == asked.stage
        problem = f"The file is about the {GRAPHS[asked.own['stage']]} graph." if asked.colour and asked.own and not fits else ""
        return {"overlay": asked.own["overlay"] if fits else {}, "colour_note": problem, "to_measure": ""}
    chosen = overlays[asked.colour]
    problem = problem_of(session, asked.stage, chosen)
    shown = {} if problem else overlay_of(session, asked.stage, asked.colour)
    return {"overlay": shown, "colour_note": problem, "to_measure": to_measure(session, asked.stage, chosen)}


def _marks(session: Session, done: Mapping[str, bool], stage: str) -> Data:
    marks: Data = {}
    for name in session.thresholds.edited:
        node = name if stage == "prepare" else follow(session, name, "prepare", stage) if done["prepare"] and done[stage] else ""
        if node:
            marks[node] = "edited"
    return marks
