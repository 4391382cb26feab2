"""The address as a link to what is seen: the stage, the overlay, the open blocks and the selected node.

They stand in the fragment, which browsers keep to themselves, so that no name of a model gets into a server's log.
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import parse_qs, urlencode

import panel as pn

from mrt_studio.ui.state import COLOURS, GRAPH_STAGES, PageState
from mrt_studio.ui.widgets.graph_view import GraphPane

LONGEST = 8000
"""Characters of the fragment; what has more open blocks than fit is linked to without them."""


class Permalink:
    """Keeps the address's fragment and the page's state in step, both ways, once it is started."""

    def __init__(self, state: PageState, pane: GraphPane) -> None:
        self._state, self._pane = state, pane
        self._location = pn.state.location

    async def start(self) -> None:
        """Show what the address says, and follow it from then on; the page is there now."""
        await self._read(self._location.hash)
        self._location.param.watch(lambda event: pn.state.execute(functools.partial(self._read, event.new)), "hash")
        self._state.param.watch(self._write, ["stage", "colour", "selected"])
        self._pane.param.watch(self._write, "opened")

    async def _read(self, fragment: str) -> None:
        """Show what the address says; words that mean nothing here are passed over."""
        if fragment == self._now():
            return
        told = {name: values[-1] for name, values in parse_qs(fragment.removeprefix("#")[:LONGEST]).items()}
        if (stage := told.get("stage", "load")) in GRAPH_STAGES.values():
            await self._state.show(stage)
        if (colour := told.get("colour", "")) in COLOURS.values() and colour != self._state.colour:
            await self._state.colour_by(colour)
        opened = told.get("open", "").split("|") if told.get("open") else []
        if opened != list(self._pane.opened):
            self._pane.opened = opened
        await self._state.select(told.get("node", ""))

    def _write(self, *_: Any) -> None:
        if self._location.hash != self._now():
            self._location.hash = self._now()

    def _now(self) -> str:
        """The fragment of what is seen; empty for how the page begins."""
        state, opened = self._state, "|".join(self._pane.opened)
        parts = {"stage": "" if state.stage == "load" else state.stage, "colour": state.colour, "node": state.selected, "open": opened}
        words = urlencode({name: value for name, value in parts.items() if value})
        if len(words) > LONGEST:
            words = urlencode({name: value for name, value in parts.items() if value and name != "open"})
        return f"#{words}" if words else ""
