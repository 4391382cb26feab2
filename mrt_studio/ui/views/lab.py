"""The threshold lab of the selected tensor: a line to drag on its histogram, what it would do, and the re-run that does it."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.errors import StudioError
from mrt_studio.session.lab import curve_of, lab_of, parameters_of
from mrt_studio.session.session import Session
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, figure, tag
from mrt_studio.ui.widgets.threshold_lab import LabPane

TAB = "Threshold"
READING = "Reading the statistics …"
CALIBRATE = "Run Calibrate to collect the statistics that thresholds follow from."
SELECT = "Click a node of the graph, or a row of the table, to see its threshold."
HEIGHT = 228
"""The least that the plots need; where the drawer is lower, it scrolls."""


class LabView:
    """The lab and the line above it, which follow the state while their tab is open."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._shown = False
        self.pane = LabPane(theme=state.theme, sizing_mode="stretch_both", min_height=HEIGHT, margin=0)
        self._words = kit.markup(align="center", css="p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }")
        self._run = kit.button(
            "Re-run", "play_arrow", strong=True, align="center", on_click=lambda _: pn.state.execute(functools.partial(state.run, "evaluate"))
        )
        measure = functools.partial(state.run, "errors")
        self._measure = kit.button("Measure errors", "straighten", align="center", margin=(0, 8, 0, 0))
        self._measure.on_click(lambda _: pn.state.execute(measure))
        self._which = kit.select("Tensor", [], None, sizing_mode=None, width=220, align="center", visible=False, margin=(0, 12, 0, 0))
        self._strip = pn.Row(self._which, self._words, self._measure, self._run, sizing_mode="stretch_width", height=44, margin=(6, 12, 2, 12))
        lab = pn.Column(self.pane, sizing_mode="stretch_both", min_height=HEIGHT, margin=(0, 12, 10, 12))
        self._empty = kit.markup(margin=(8, 12))
        self._body = [self._strip, lab]
        self.panel = pn.Column(self._empty, sizing_mode="stretch_both", scroll="y", margin=0)
        self.pane.param.watch(self._dropped, "threshold")
        self.pane.param.watch(lambda _: pn.state.execute(self._ask_curve), "observer")
        self._which.param.watch(self._follow, "value")
        state.param.watch(self._follow, ["tab", "tensor", "edited", "options", "pipeline", "running"])
        state.param.watch(self._say, ["pipeline", "running", "edited", "results", "stale"])
        state.param.watch(lambda event: setattr(self.pane, "theme", event.new), "theme")
        self._show({}, READING)
        self._follow()

    def _follow(self, *_: Any) -> None:
        if self._state.tab == TAB:  # statistics of a large model take a moment
            pn.state.execute(self._load)

    @shows_errors_of
    async def _load(self) -> None:
        node = self._state.tensor
        names = await self._state.workspace.ask(tensors_of, node)
        if node != self._state.tensor:
            return
        chosen = self._which.value if self._which.value in names else node
        self._which.param.update(options=names, value=chosen, visible=len(names) > 1)
        lab = await self._state.workspace.ask(found, chosen)
        if node == self._state.tensor and chosen == (self._which.value or node):
            self._show(lab, SELECT if self._done("calibrate") else CALIBRATE)

    def _show(self, lab: dict[str, Any], advice: str) -> None:
        self._empty.object = tag("p", escape(advice), "faint")
        if lab:
            self._shown = True
            changes = {} if lab["tensor"] == self.pane.lab.get("tensor") else {"curve": {}, "observer": ""}
            self.pane.param.update(lab=lab, threshold=lab["threshold"], **changes)
            self._shown = False
        parts = self._body if lab else [self._empty]
        if list(self.panel) != parts:
            self.panel[:] = parts
        self._say()

    def _say(self, *_: Any) -> None:
        """What a re-run would do, or what the last one gave."""
        state, lab = self._state, self.pane.lab
        waiting = not (self._done("quantize") and self._done("evaluate"))
        self._run.disabled = state.running or not waiting
        self._measure.disabled = state.running or waiting or not lab or bool(lab["measured"])
        cone = len(lab.get("cone", ()))
        nodes = "1 node" if cone == 1 else f"{cone} nodes"
        if waiting and state.edited:
            words = f"{len(state.edited)} set by hand and not yet in the integers. This tensor's threshold touches {nodes}."
        elif waiting:
            words = "The integers are out of date or not made yet."
        else:
            words = f"Up to date. {outcome(state.results)}".strip()
        self._words.object = tag("p", escape(words), "faint")

    def _done(self, stage: str) -> bool:
        return any(row["stage"] == stage and row["done"] for row in self._state.pipeline)

    def _dropped(self, event: Any) -> None:
        lab = self.pane.lab
        if self._shown or not lab or event.new == lab["threshold"]:
            return
        state, tensor = self._state, lab["tensor"]
        back = event.new == lab["observed"]
        pn.state.execute(functools.partial(state.reset_threshold, tensor) if back else functools.partial(state.set_threshold, tensor, event.new))

    @shows_errors_of
    async def _ask_curve(self) -> None:
        observer, tensor = self.pane.observer, self.pane.lab.get("tensor")
        self.pane.curve = await self._state.workspace.ask(curve_of, tensor, observer) if observer and tensor else {}


def tensors_of(session: Session, node: str) -> list[str]:
    """A node's own tensor, and the parameters that it reads."""
    try:
        return [node, *parameters_of(session, node)] if node else []
    except StudioError:
        return []


def found(session: Session, tensor: str) -> dict[str, Any]:
    """The lab of a tensor; empty without one, or before calibration."""
    try:
        return lab_of(session, tensor) if tensor and session.done("calibrate") else {}
    except StudioError:
        return {}


def outcome(results: dict[str, Any]) -> str:
    """The figures of the whole model."""
    figures = results.get("figures", {})
    parts = [("SQNR of the output", "sqnr", " dB"), ("same first class", "agreement", " %")]
    return ", ".join(f"{words} {figure(figures[name], 4)}{unit}" for words, name, unit in parts if figures.get(name) is not None)
