"""Split keys on the graph: what lies below and above them, what is wrong, and where else one could split."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.errors import OptionError
from mrt_studio.session.splits import split_of
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, facts, tag
from mrt_studio.ui.widgets.graph_view import GraphPane

STAGE = "load"


class Split:
    """A strip beside the original graph; the keys are the pane's `split_keys`."""

    def __init__(self, state: PageState, pane: GraphPane) -> None:
        self._state, self._pane = state, pane
        self.button = kit.icon_button("content_cut", "Split keys", align="center")
        self.button.on_click(lambda _: pn.state.execute(self._toggle))
        self._add = kit.button("Add the selected node", "add", sizing_mode="stretch_width")
        self._use = kit.button("Use these split keys", "check", strong=True, sizing_mode="stretch_width", margin=(6, 0))
        self._words = kit.markup()
        self._keys = pn.Column(sizing_mode="stretch_width", margin=(4, 0))
        self._take = kit.button("Take these keys", "call_split", sizing_mode="stretch_width", margin=(6, 0))
        self._around = kit.markup()
        self._candidates = pn.Column(sizing_mode="stretch_width", margin=(4, 0))
        body = pn.Column(
            self._add, self._keys, self._words, self._use, self._around, self._take, self._candidates, sizing_mode="stretch_both", scroll="y", margin=(8, 12)
        )
        self.panel = kit.paper(body, width=270, sizing_mode="stretch_height", margin=(0, 0, 0, 8), visible=False)
        self._add.on_click(lambda _: self._choose([*pane.split_keys, state.selected]))
        self._take.on_click(lambda _: self._choose(pane.split.get("around", [])))
        self._use.on_click(lambda _: pn.state.execute(self._apply))
        pane.param.watch(lambda _: pn.state.execute(self._chosen), "split_keys")
        state.param.watch(self._follow, ["options", "stage", "graph"])
        state.param.watch(self._show, "selected")
        self._show()

    @property
    def _open(self) -> bool:
        return self._state.splitting

    def _show_strip(self, is_open: bool) -> None:
        self.panel.visible = self._state.splitting = is_open
        self.button.color = "primary" if is_open else "default"

    async def _toggle(self) -> None:
        self._show_strip(not self._open)
        if self._open:
            if self._state.stage != STAGE:
                await self._state.show(STAGE)
            self._pane.split_keys = self._saved()
            await self._look()
        else:
            self._pane.param.update(split_keys=[], split={})

    def _follow(self, *events: Any) -> None:
        if self._open and self._state.stage != STAGE:
            self._show_strip(False)
            self._pane.param.update(split_keys=[], split={})
        elif self._open and any(event.name == "graph" for event in events):
            pn.state.execute(self._look)
        self._show()

    @shows_errors_of
    async def _chosen(self) -> None:
        """Keys can be picked on the drawing itself, whether the strip is open or not."""
        if self._pane.split_keys and not self._open:
            if self._state.stage != STAGE:
                self._pane.split_keys = []
                raise OptionError("Split keys are chosen on the original graph.", remedy="Show the original graph first.")
            self._show_strip(True)
        await self._look()

    @shows_errors_of
    async def _look(self) -> None:
        """Judge the keys; runs on the event loop, the work off it."""
        if not self._open or not self._state.graph or self._state.stage != STAGE:
            return
        keys = list(self._pane.split_keys)
        found = await self._state.workspace.ask(split_of, keys)
        if keys == list(self._pane.split_keys):
            self._pane.split = found
            self._show()

    @shows_errors_of
    async def _apply(self) -> None:
        await self._state.configure("prepare", "split_keys", tuple(self._pane.split_keys))
        self._show()

    def _choose(self, keys: list[str]) -> None:
        self._pane.split_keys = [key for key in dict.fromkeys(keys) if key]

    def _saved(self) -> list[str]:
        return list(self._state.session["prepare"].options().get("split_keys", ()))

    def _show(self, *_: Any) -> None:
        keys, found = list(self._pane.split_keys), self._pane.split
        self._add.disabled = not self._state.selected or self._state.selected in keys
        shapes, problems = found.get("shapes", {}), found.get("problems", []) if keys else []
        self._keys[:] = [kit.markup(tag("h4", escape("Keys"))), *(self._key(key, shapes.get(key, "")) for key in keys)] if keys else []
        counts = [("Base", f"{len(found['base']):,} nodes"), ("Top", f"{len(found['top']):,} nodes")] if keys and found else []
        advice = "" if keys else tag("p", escape("Pick nodes as keys: what is above them stays in float."), "faint")
        self._words.object = facts(counts) + advice + "".join(tag("p", escape(problem), "what") for problem in problems)
        self._use.disabled = bool(problems) or keys == self._saved()
        around = found.get("around", [])
        self._around.object = _round(around) if around and set(around) != set(keys) else ""
        self._take.visible = bool(self._around.object)
        offered = [c for c in found.get("candidates", []) if c["id"] not in (*keys, *around)]
        self._candidates[:] = [kit.markup(tag("h4", escape("Single keys"))), *(part for c in offered for part in self._offer(c))] if offered else []

    def _key(self, key: str, shape: str) -> Any:
        drop = kit.icon_button("close", "Remove the key", align="center")
        drop.on_click(lambda _: self._choose([k for k in self._pane.split_keys if k != key]))
        name = kit.link(key, align="center")
        name.on_click(lambda _: pn.state.execute(functools.partial(self._state.select, key)))
        return pn.Row(pn.Column(name, kit.markup(tag("span", escape(shape), "faint")), sizing_mode="stretch_width"), drop, sizing_mode="stretch_width")

    def _offer(self, candidate: dict[str, str]) -> list[Any]:
        chip = kit.link(f"+ {candidate['id']}")
        chip.on_click(lambda _: self._choose([*self._pane.split_keys, candidate["id"]]))
        return [chip, kit.markup(tag("p", escape(candidate["why"]), "faint"), margin=(0, 0, 6, 0))]


def _round(keys: list[str]) -> str:
    """The keys that go round what cannot become integers, as the check of the model names them."""
    names = ", ".join(map(repr, keys))
    return tag("h4", escape("Where to split")) + tag("p", escape(f"{names} {'go' if len(keys) > 1 else 'goes'} round what cannot become integers."), "faint")
