"""What an overlay is, and a guide to writing one.

Guide. An overlay is one decorated function in a file of this folder:

    @overlay("gas", label="gas", needs=("quantize",), scale="log", better="low", adds_up=True)
    def gas_of(session, stage):
        '''What the nodes cost on the chain.'''
        return {node: number or text}

It gets the session and the stage whose graph is shown, and returns a value for each node that has one. `needs` are
the stages that must have run besides the shown one, `measured` an analysis (session/analysis.py). It then appears in
the app, in notebooks and in tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mrt_studio.errors import ArtifactError
from mrt_studio.registry import Registry
from mrt_studio.session.analysis import stored
from mrt_studio.session.session import Session

Data = dict[str, Any]
Value = float | str
Scale = Literal["linear", "log", "category"]
Better = Literal["high", "low", ""]
Values = Callable[[Session, str], Mapping[str, Value]]


@dataclass(frozen=True)
class Overlay:
    """An overlay's words and the function that makes its values.

    Attributes:
        label: what the legend says.
        unit: of the numbers, or empty.
        scale: how numbers become colours; ``log`` leaves out what is not positive.
        better: which end is the good one, or empty.
        adds_up: whether the values of several nodes add up to that of their block.
        needs: the stages that must have run.
        measured: the analysis that must have been made, or empty.
        values: session and stage -> node id -> value.
    """

    label: str
    unit: str
    scale: Scale
    better: Better
    adds_up: bool
    needs: tuple[str, ...]
    measured: str
    values: Values

    @property
    def help(self) -> str:
        """What it shows, in a sentence."""
        return (self.values.__doc__ or "").strip().splitlines()[0]


overlays: Registry[Overlay] = Registry("overlay", "mrt_studio.session.overlays")


def overlay(
    name: str,
    *,
    label: str = "",
    unit: str = "",
    scale: Scale = "linear",
    better: Better = "",
    adds_up: bool = False,
    needs: tuple[str, ...] = (),
    measured: str = "",
) -> Callable[[Values], Values]:
    """Enter a function as the overlay `name`."""

    def enter(values: Values) -> Values:
        overlays.register(name)(Overlay(label or name, unit, scale, better, adds_up, needs, measured, values))
        return values

    return enter


def overlay_of(session: Session, stage: str, name: str) -> Data:
    """The overlay `name` for a stage's graph: label, values, low, high, unit, scale, better and adds_up.

    Raises:
        OptionError: there is no such overlay.
        ArtifactError: a stage or an analysis that it needs has not run.
    """
    chosen = overlays[name]
    if problem := problem_of(session, stage, chosen):
        raise ArtifactError(problem, where=name, remedy="Run what is missing, then show the overlay.")
    values = chosen.values(session, stage)
    return described(values, label=chosen.label, unit=chosen.unit, scale=chosen.scale, better=chosen.better, adds_up=chosen.adds_up)


def available(session: Session, stage: str) -> list[Data]:
    """For each overlay its name, label and help, and why it cannot be shown now or an empty text."""
    return [{"name": name, "label": o.label, "help": o.help, "problem": problem_of(session, stage, o)} for name, o in overlays.items()]


def problem_of(session: Session, stage: str, chosen: Overlay) -> str:
    """Why an overlay cannot be shown now, or an empty text."""
    missing = next((name for name in (*chosen.needs, stage) if not session.done(name)), None)
    if missing:
        return f"{session[missing].title} has not run."
    return f"Measure {chosen.measured} first." if to_measure(session, stage, chosen) else ""


def to_measure(session: Session, stage: str, chosen: Overlay) -> str:
    """The analysis that alone is missing for an overlay, or an empty text."""
    is_ready = chosen.measured and all(session.done(name) for name in (*chosen.needs, stage))
    return chosen.measured if is_ready and stored(session, chosen.measured) is None else ""


def described(values: Mapping[str, Value], *, label: str, unit: str = "", scale: Scale = "linear", better: Better = "", adds_up: bool = False) -> Data:
    """Values as the front end takes them; low and high are the ends of the numbers, 0 and 1 when there are none."""
    kept = {node: v for node, v in values.items() if isinstance(v, str) or (math.isfinite(v) and (scale != "log" or v > 0))}
    numbers = [v for v in kept.values() if not isinstance(v, str)]
    ends = (min(numbers), max(numbers)) if numbers else (0, 1)
    return {"label": label, "values": kept, "low": ends[0], "high": ends[1], "unit": unit, "scale": scale, "better": better, "adds_up": adds_up}
