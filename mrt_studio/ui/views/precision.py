"""The precision ledger: bits of each node against INT32, why there are so many, and what the nodes cost."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.session.precision import STAGE, why, widest_of
from mrt_studio.session.session import Session
from mrt_studio.ui import kit
from mrt_studio.ui.plots.base import CONFIG
from mrt_studio.ui.plots.precision import bits_figure, cost_figure, histogram_figure
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, figure, size, tag

Data = dict[str, Any]

PLOTS = {"Bits": "bits", "Histogram": "histogram", "Gas and storage": "cost"}
CHAIN_WIDTH = 330
EMPTY = tag("p", escape("Run Quantize to see how many bits each node of the integer graph needs."), "faint")
OLD = tag("p", escape("Out of date: run Quantize."), "faint")
ADVICE = tag("p", escape("Click a bar, or a node of the graph, to see why it has its bits."), "faint")
CSS = ".chain { margin: 6px 0 0; padding: 0; list-style: none; } .chain b { font-weight: 500; }"


def precision_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of the ledger."""
    return Precision(state).panel


class Precision:
    """The plots and the chain of causes, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._node = ""
        self._chain: list[Data] = []
        self._note = kit.markup(EMPTY, margin=(8, 12))
        self._tiles = kit.markup(margin=(0, 0, 0, 20), align="center")
        self._which = kit.segmented(PLOTS, "bits", align="center")
        self._plot = kit.plot(CONFIG)
        self._words = kit.markup(ADVICE)
        self._links = pn.Column(sizing_mode="stretch_width", margin=0)
        self._path = kit.button("Show the path on the graph", "route", visible=False, margin=(8, 0))
        self._path.on_click(lambda _: pn.state.execute(self._show_path))
        chain = pn.Column(self._words, self._links, self._path, width=CHAIN_WIDTH, sizing_mode="stretch_height", scroll="y", margin=(0, 12, 8, 12))
        head = pn.Row(self._which, self._tiles, sizing_mode="stretch_width", margin=(8, 12, 4, 12))
        self._body = [head, pn.Row(self._plot, chain, sizing_mode="stretch_both", margin=0)]
        self.panel = pn.Column(self._note, sizing_mode="stretch_both", margin=0)
        self._which.param.watch(self._draw, "value")
        self._plot.param.watch(self._clicked, "click_data")
        state.param.watch(self._show, ["precision", "stale"])
        state.param.watch(self._draw, "theme")
        state.param.watch(self._follow, ["selected", "precision", "stage"])
        self._show()
        self._follow()

    def _show(self, *_: Any) -> None:
        found = self._state.precision
        stale = "precision" in self._state.stale
        self._note.object = OLD if found else EMPTY
        if found:
            self._tiles.object = _tiles(found)
            self._draw()
        parts = [self._note] if not found else [self._note, *self._body] if stale else self._body
        if list(self.panel) != parts:
            self.panel[:] = parts

    def _draw(self, *_: Any) -> None:
        found, theme = self._state.precision, self._state.theme
        if not found:
            return
        which = self._which.value
        made = histogram_figure(found, theme) if which == "histogram" else (bits_figure if which == "bits" else cost_figure)(found, self._node, theme)
        self._plot.object = made

    def _clicked(self, event: Any) -> None:
        place = (event.new or {}).get("points", [{}])[0].get("x")
        rows = self._state.precision.get("nodes", ())
        if self._which.value != "histogram" and isinstance(place, int | float) and 0 <= place < len(rows):
            pn.state.execute(functools.partial(self._select, rows[int(place)]["name"]))

    def _follow(self, *_: Any) -> None:
        if self._state.precision:
            pn.state.execute(self._explain)

    @shows_errors_of
    async def _explain(self) -> None:
        """Show the chain of the selected node; what cannot be explained now shows the advice instead."""
        state = self._state
        stage, selected = state.stage, state.selected
        found = await state.workspace.ask(chain_of, stage, selected) if "precision" not in state.stale else []
        if (stage, selected) != (state.stage, state.selected):
            return
        self._chain, self._node = found, found[0]["name"] if found else ""
        self._words.object = _title(found) if found else ADVICE
        self._links[:] = [part for step in found for part in self._step(step)]
        self._path.visible = len(found) > 1
        self._draw()

    def _step(self, step: Data) -> list[Any]:
        words = kit.markup(tag("span", escape(step["words"]), "faint"), margin=(0, 0, 4, 0))
        if step["parameter"]:
            return [kit.markup(tag("span", escape(step["name"])), margin=(2, 0, 0, 0)), words]
        return [kit.link(step["name"], on_click=lambda _: pn.state.execute(functools.partial(self._select, step["name"]))), words]

    async def _select(self, name: str) -> None:
        await self._state.select_in(STAGE, name)

    async def _show_path(self) -> None:
        names = [step["name"] for step in self._chain if not step["parameter"]]
        await self._state.select_in(STAGE, names[0])
        self._state.path = names


def chain_of(session: Session, stage: str, name: str) -> list[Data]:
    """Why the node that stands for a selected one has its bits; nothing when none does."""
    if not name or not all(session.done(needed) for needed in ("load", "prepare", STAGE, stage)):
        return []
    node = widest_of(session, stage, name)
    return why(session, node) if node else []


def _tiles(found: Data) -> str:
    totals, nodes = found["totals"], found["nodes"]
    figures = [
        ("Widest", f"{totals['widest']} bits"),
        ("Least head-room", f"{min((row['head_room'] for row in nodes), default=0)} bits"),
        ("Gas of one sample", figure(totals["gas"])),
        ("Storage", size(totals["storage_bytes"])),
        ("Parameters", size(totals["parameter_bytes"])),
    ]
    return tag("div", "".join(tag("div", tag("b", escape(value)) + tag("span", escape(name))) for name, value in figures), "tiles small")


def _title(chain: list[Data]) -> str:
    first = chain[0]
    return tag("h4", escape(f"Why {first['bits']} bits here")) + tag("p", tag("b", escape(first["name"])) + " · " + escape(first["op"]))
