"""Producers and consumers of the selected node, as buttons that go there."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import tag

MOST = 8
LISTS = {"Inputs": "inputs", "Read by": "consumers"}


class Neighbours:
    """Two lists of buttons that follow the selected node."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._shown: dict[str, list[str]] = {}
        self.panel = pn.Column(sizing_mode="stretch_width", margin=(12, 0, 0, 0))
        state.param.watch(self._show, "details")

    def _show(self, *_: Any) -> None:
        details = self._state.details
        known = {node["id"] for node in self._state.graph.get("nodes", ())}
        lists = {title: [name for name in dict.fromkeys(details.get(key, ())) if name in known] for title, key in LISTS.items()}
        if lists != self._shown:  # a button that is replaced under the pointer loses the click
            self._shown = lists
            self.panel[:] = [part for title, names in lists.items() if names for part in self._list(title, names)]

    def _list(self, title: str, names: list[str]) -> list[Any]:
        more = [kit.markup(tag("p", f"and {len(names) - MOST} more", "faint"))] if len(names) > MOST else []
        return [kit.markup(tag("h4", title), margin=(4, 0, 2, 0)), *[self._link(name) for name in names[:MOST]], *more]

    def _link(self, name: str) -> Any:
        link = kit.link(name)
        link.on_click(lambda _: pn.state.execute(functools.partial(self._state.select, name)))
        return link
