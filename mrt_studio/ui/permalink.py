"""The address as a link to what is seen: stages, overlay, open blocks, the selected node and the part of the drawing in view.

They stand in the fragment, which browsers keep to themselves, so that no name of a model gets into a server's log. Where the page
has a project of its own, the query names it, so that a reload finds it again.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import panel as pn
import param
from panel.custom import AnyWidgetComponent

from mrt_studio.ui.state import COLOURS, GRAPH_STAGES, PageState, shows_errors_of
from mrt_studio.ui.views.compare import Compare
from mrt_studio.ui.widgets.graph_view import GraphPane

LONGEST = 8000
"""Characters of the fragment; what has more open blocks than fit is linked to without them."""
VIEW = ("x", "y", "zoom")


class Address(AnyWidgetComponent):
    """Sets the address's parts without a new entry in the browser's history; it draws nothing."""

    fragment = param.String(doc="With the hash sign, or empty.")
    project = param.String(doc="The word that names the page's own project, or empty.")

    _esm = """
    function render({ model }) {
      if (model.get("project")) {
        const address = new URL(location.href);
        address.searchParams.set("project", model.get("project"));
        history.replaceState(history.state, "", address);
      }
      model.on("change:fragment", () => history.replaceState(history.state, "", model.get("fragment") || location.pathname + location.search));
    }
    export default { render };
    """

    def __init__(self, project: str) -> None:
        super().__init__(project=project, width=0, height=0, margin=0)


class Permalink:
    """Keeps the address's fragment and the page's state in step, both ways, once it is started."""

    def __init__(self, state: PageState, pane: GraphPane, compare: Compare, project: str = "") -> None:
        self._state, self._pane, self._compare = state, pane, compare
        self._location = pn.state.location
        self._reading = False
        self.address = Address(project)

    async def start(self) -> None:
        """Show what the address says, and follow it from then on; the page is there now."""
        await self._read(self._location.hash)
        self._location.param.watch(lambda event: pn.state.execute(functools.partial(self._read, event.new)), "hash")
        self._state.param.watch(self._leave_view, "stage")
        self._state.param.watch(self._write, ["stage", "colour", "selected", "comparing"])
        self._compare.choice.param.watch(self._write, "value")
        self._pane.param.watch(self._write, "opened")
        self._pane.param.watch(self._move, "viewport")

    @shows_errors_of
    async def _read(self, fragment: str) -> None:
        """Show what the address says; words that mean nothing here are passed over."""
        if fragment == self._now():
            return
        self._reading = True
        try:
            await self._show({name: values[-1] for name, values in parse_qs(fragment.removeprefix("#")[:LONGEST]).items()})
        finally:
            self._reading = False

    async def _show(self, told: Mapping[str, str]) -> None:
        state, pane = self._state, self._pane
        if (stage := told.get("stage", "load")) in GRAPH_STAGES.values():
            await state.show(stage)
        if (colour := told.get("colour", "")) in COLOURS.values() and colour != state.colour:
            await state.colour_by(colour)
        if (beside := told.get("beside", "")) in ("", *GRAPH_STAGES.values()):
            await self._compare.show(beside)
        opened = told.get("open", "").split("|") if told.get("open") else []
        if opened != list(pane.opened):
            pane.opened = opened
        await state.select(told.get("node", ""))
        if view := read_view(told.get("view", "")):  # last, because all of the above may move it
            pane.viewport = {**pane.viewport, **view}

    def _leave_view(self, *_: Any) -> None:
        """A view belongs to the graph it was made on."""
        self._pane.viewport = {name: value for name, value in self._pane.viewport.items() if name not in VIEW}

    def _write(self, *_: Any) -> None:
        if not self._reading and self._location.hash != self._now():
            self._location.hash = self._now()

    def _move(self, *_: Any) -> None:
        if not self._reading and self._location.hash:
            self.address.fragment = self._now()

    def _now(self) -> str:
        """The fragment of what is seen; empty for how the page begins."""
        state, opened, view = self._state, "|".join(self._pane.opened), self._pane.viewport
        parts = {
            "stage": "" if state.stage == "load" else state.stage,
            "colour": state.colour if state.colour in COLOURS.values() else "",
            "beside": self._compare.choice.value if state.comparing else "",
            "node": state.selected,
            "view": ",".join(f"{view[name]:.6g}" for name in VIEW) if all(name in view for name in VIEW) else "",
            "open": opened,
        }
        words = urlencode({name: value for name, value in parts.items() if value}, safe=",")
        if len(words) > LONGEST:
            words = urlencode({name: value for name, value in parts.items() if value and name != "open"}, safe=",")
        return f"#{words}" if words else ""


def read_view(text: str) -> dict[str, float]:
    """The middle and the zoom that a link tells, or nothing where it makes no sense."""
    try:
        x, y, zoom = (float(part) for part in text.split(","))
    except ValueError:
        return {}
    is_sane = max(abs(x), abs(y)) < 1e9 and 0 < zoom < 100  # false for what is no number, too
    return {"x": x, "y": y, "zoom": zoom} if is_sane else {}
