"""What the check of the loaded model found: all is well, or which nodes cannot become integers and the split that goes round them."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.errors import from_dict
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import error_html, escape, tag

SHOWN = 50
"""So many nodes are listed; a model of which everything is unknown would fill the page."""
LIST_STYLES = {"max-height": "104px", "overflow-y": "auto"}


def verdict_view(state: PageState) -> pn.viewable.Viewable:
    """The line or box between the pipeline and the graph."""
    view = Verdict(state)
    return pn.Column(view.line, view.box, sizing_mode="stretch_width", margin=(0, 12))


class Verdict:
    """The widgets of the verdict, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._words = kit.markup(sizing_mode=None, align="center", margin=(0, 12, 0, 0))
        self._check = kit.button("Check", "rule", on_click=lambda _: pn.state.execute(functools.partial(state.run, "load")))
        self.line = pn.Row(self._words, self._check, visible=False, margin=(0, 0, 8, 0))
        self._head = kit.markup()
        self._nodes = pn.Column(sizing_mode="stretch_width", margin=(4, 0), styles=LIST_STYLES)
        self._split = kit.button("Split there", "call_split", strong=True, on_click=lambda _: pn.state.execute(self._split_there))
        self._advice = kit.markup(margin=(4, 0, 0, 12))
        self._way = pn.Row(self._split, self._advice, sizing_mode="stretch_width", margin=0)
        self._body = pn.Column(self._head, self._nodes, self._way, sizing_mode="stretch_width", margin=0)
        self.box = kit.alert(self._body, "warning", closeable=True, visible=False, margin=(0, 0, 8, 0))
        self._listed: list[dict[str, str]] = []
        state.param.watch(self._show, ["check", "pipeline", "running", "options", "splitting"])
        state.param.watch(self._reopen, "check")
        self._show()

    def _reopen(self, *_: Any) -> None:
        """A box that was closed comes back with another verdict."""
        self.box.closed = False

    def _show(self, *_: Any) -> None:
        state, found = self._state, self._state.check
        done = {row["stage"] for row in state.pipeline if row["done"]}
        self._check.visible = not found
        self._check.disabled = state.running
        self._words.object = _line(found)
        self.line.visible = "load" in done and "prepare" not in done and (found.get("passed", True))
        keys = found.get("split_keys")
        is_split = bool(keys) and state.session["prepare"].options()["split_keys"] == keys
        self.box.visible = bool(found) and not found["passed"] and not ("prepare" in done and is_split)
        # The strip of the split keys says it all while it is open.
        self.box.visible = self.box.visible and (bool(found["error"]) or not state.splitting)
        if self.box.visible:
            self._show_problems(found, is_split)

    def _show_problems(self, found: dict[str, Any], is_split: bool) -> None:
        self._head.object = _head(found, is_split)
        self._nodes.visible = bool(found["problems"]) and not is_split
        if self._listed != found["problems"]:
            self._listed = found["problems"]
            self._nodes[:] = [self._node(problem) for problem in self._listed[:SHOWN]]
        self._way.visible = bool(found["problems"]) and not is_split
        self._split.visible = bool(found["split_keys"])
        self._advice.object = tag("p", escape(_advice(found)))

    def _node(self, problem: dict[str, str]) -> pn.viewable.Viewable:
        select = functools.partial(self._select, problem["node"])
        name = kit.link(problem["node"], width=200, sizing_mode=None, on_click=lambda _: pn.state.execute(select))
        return pn.Row(
            name, kit.markup(tag("b", escape(problem["op"])) + " " + escape(problem["why"]), margin=(2, 0, 0, 12)), sizing_mode="stretch_width", margin=0
        )

    async def _select(self, name: str) -> None:
        await self._state.show("load")
        await self._state.select(name)

    async def _split_there(self) -> None:
        await self._state.split_at(self._state.check["split_keys"])


def _line(found: dict[str, Any]) -> str:
    if not found:
        return tag("span", "The operators have not been checked for this input shape.", "faint")
    return tag("span", escape(f"All {found['operators']} operators can become integers."))


def _head(found: dict[str, Any], is_split: bool) -> str:
    """How many nodes there are, or where they went, and what else is wrong."""
    count, what = len(found["problems"]), ""
    if is_split and count:
        what = f"{count} of {found['operators']} operators stay in float, above the split at {', '.join(found['split_keys'])}. Prepare comes next."
    elif count:
        what = f"{count} of {found['operators']} operators cannot become integers" + (f"; the first {SHOWN}:" if count > SHOWN else ":")
    return (tag("div", escape(what), "what") if what else "") + (error_html(from_dict(found["error"])) if found["error"] else "")


def _advice(found: dict[str, Any]) -> str:
    if found["split_keys"]:
        return f"The split keys would be {', '.join(found['split_keys'])}. What is above them stays in float."
    return "" if found["error"] else "No split goes round them, because they read the input itself."
