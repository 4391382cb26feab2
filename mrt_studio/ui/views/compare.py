"""Two stages side by side: the selection follows the lineage, and the rewrites between them can be stepped through."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import panel as pn

from mrt_studio.errors import StudioError
from mrt_studio.session.compare import diff
from mrt_studio.session.graph_payload import graph_view
from mrt_studio.session.graphs import GRAPHS, lineage
from mrt_studio.session.overlays.base import overlay_of, overlays, problem_of
from mrt_studio.session.rewrites import rewrites
from mrt_studio.session.session import Session
from mrt_studio.ui import kit
from mrt_studio.ui.state import GRAPH_STAGES, PageState, shows_errors_of
from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.views.changes import Changes
from mrt_studio.ui.widgets.graph_view import GraphPane

Data = dict[str, Any]


class Compare:
    """A second pane beside `pane`, a slider through the rewrites, and the list of differences (`changes`)."""

    def __init__(self, state: PageState, pane: GraphPane) -> None:
        self._state, self._pane = state, pane
        self._open, self._busy = False, False
        self._found: Data = {}
        self.button = kit.icon_button("vertical_split", "Compare with another stage", align="center")
        self.button.on_click(lambda _: pn.state.execute(self._toggle))
        self.pane = GraphPane(sizing_mode="stretch_both", min_height=200, margin=0)
        self.choice = kit.select("Beside it", dict(GRAPH_STAGES), "prepare", sizing_mode=None, width=160, margin=0)
        self._step = kit.slider("Rewrite", 0, 1, width=190, show_value=False, tooltips=False, align="center", margin=(0, 16))
        self._reason = kit.markup(align="center", margin=0)
        self.changes = Changes(self._changed)
        self.panel = pn.Row(self.pane, sizing_mode="stretch_both", margin=(0, 0, 0, 8), visible=False)
        self.strip = pn.Row(self.choice, self._step, self._reason, sizing_mode="stretch_width", margin=(0, 0, 8, 0), visible=False)
        self.choice.param.watch(lambda _: pn.state.execute(self._look), "value")
        self._step.param.watch(self._stepped, "value")
        for left, right in ((pane, self.pane), (self.pane, pane)):
            left.param.watch(functools.partial(self._follow, right), "selected")
            left.param.watch(functools.partial(self._open_too, right), "opened")
            left.param.watch(functools.partial(self._move_too, right), "viewport")
        state.param.watch(lambda *_: pn.state.execute(self._look), ["graph", "pipeline", "overlay"])
        state.param.watch(lambda event: setattr(self.pane, "theme", event.new), "theme")

    async def show(self, stage: str) -> None:
        """Show a stage beside the graph; without one close the pane."""
        if stage:
            self.choice.value = stage
        if bool(stage) != self._open:
            await self._toggle()

    async def _toggle(self) -> None:
        self._open = not self._open
        if self._open and self.choice.value == self._state.stage:
            order = list(GRAPHS)
            self.choice.value = order[(order.index(self._state.stage) + 1) % len(order)]
        self.panel.visible = self.strip.visible = self._state.comparing = self._open
        self.button.color = "primary" if self._open else "default"
        if not self._open:
            self.changes.show({})
        await self._look()

    @shows_errors_of
    async def _look(self) -> None:
        """Gather what is shown beside the state's graph; the work is done off the event loop."""
        if not self._open:
            return
        wanted = (self._state.stage, self.choice.value, self._state.colour)
        found = await self._state.workspace.ask(side_by_side, *wanted)
        if wanted != (self._state.stage, self.choice.value, self._state.colour):
            return
        self._found = found
        if self.pane.graph != found["graph"]:
            self.pane.param.update(graph=found["graph"], opened=list(self._pane.opened), theme=self._state.theme)
        self.pane.overlay = found["overlay"]
        self._step.param.update(end=max(1, len(found["rewrites"])), value=0, disabled=not found["rewrites"])
        self._reason.object = tag("p", escape(f"{len(found['rewrites']):,} rewrites; move the slider to see them one by one."), "faint")
        self.changes.show(found["diff"], found["problem"])

    def _follow(self, other: GraphPane, event: Any) -> None:
        """Select in the other pane what stands for this selection."""
        if self._busy or not self._open or not self._found:
            return
        ways = self._found["forward"] if other is self.pane else self._found["backward"]
        blocks = set(_blocks(other))
        wanted = list(dict.fromkeys(there for name in event.new for there in (ways.get(name, ()) if name not in blocks else (name,))))
        if list(other.selected) != wanted:
            self._quietly(other, selected=wanted)

    def _open_too(self, other: GraphPane, event: Any) -> None:
        if self._open and not self._busy:
            known = {block["id"] for block in other.graph.get("blocks", ())}
            strange = [name for name in other.opened if name not in set(_blocks(event.obj))]
            self._quietly(other, opened=[*(name for name in event.new if name in known), *strange])

    def _move_too(self, other: GraphPane, event: Any) -> None:
        """Show the same part of the graph where both panes show the same blocks."""
        if self._open and not self._busy and set(event.obj.opened) == set(other.opened) and _blocks(event.obj) == _blocks(other):
            self._quietly(other, viewport={**other.viewport, **{name: event.new[name] for name in ("x", "y", "zoom") if name in event.new}})

    def _stepped(self, event: Any) -> None:
        """Show one rewrite in both panes; the first place of the slider shows none."""
        steps = self._found.get("rewrites", [])
        if not self._open or not 0 < event.new <= len(steps):
            return
        step = steps[event.new - 1]
        self._point(step["before"], step["after"])
        words = f"{event.new:,} of {len(steps):,}: {step['rule']}"
        self._reason.object = tag("p", tag("b", escape(words)) + " · " + escape(step["reason"]))

    def _changed(self, kind: str, row: Data) -> None:
        """Show one difference in both panes."""
        if kind == "removed":
            self._point([row["id"]], row["into"])
        else:
            self._point(row["from"], [row["id"]])

    def _point(self, before: list[str], after: list[str]) -> None:
        """Select nodes of the earlier graph and of the later one."""
        early, late = (self._pane, self.pane) if self._found["ahead"] else (self.pane, self._pane)
        self._quietly(early, selected=before)
        self._quietly(late, selected=after)

    def _quietly(self, pane: GraphPane, **values: Any) -> None:
        """Set traits without being followed back."""
        self._busy = True
        pane.param.update(**values)
        self._busy = False


def side_by_side(session: Session, stage: str, other: str, colour: str) -> Data:
    """What the panes of two stages need: the other graph and its overlay, both ways of the lineage, the differences and the rewrites."""
    empty: Data = {"graph": {}, "overlay": {}, "forward": {}, "backward": {}, "diff": {}, "rewrites": [], "ahead": True}
    if missing := [name for name in (stage, other) if not session.done(name)]:
        return {**empty, "problem": f"{session[missing[0]].title} has not run."}
    order = list(GRAPHS)
    ahead = order.index(stage) <= order.index(other)
    try:
        return {
            "graph": graph_view(session, other),
            "overlay": overlay_of(session, other, colour) if colour in overlays and not problem_of(session, other, overlays[colour]) else {},
            "forward": lineage(session, stage, other),
            "backward": lineage(session, other, stage),
            "diff": diff(session, stage, other),
            "rewrites": [step for step in rewrites(session) if _between(step, stage, other)],
            "ahead": ahead,
            "problem": "",
        }
    except StudioError as error:
        return {**empty, "problem": error.what}


def _between(step: Data, stage: str, other: str) -> bool:
    """Whether a rewrite leads from one stage to the other directly, so that both panes can show it."""
    order = list(GRAPHS)
    first, last = sorted((order.index(stage), order.index(other)))
    return last - first == 1 and step["stage"] == order[last]


def _blocks(pane: GraphPane) -> Sequence[str]:
    return [block["id"] for block in pane.graph.get("blocks", ())]
