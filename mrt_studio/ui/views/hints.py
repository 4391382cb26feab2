"""What to do next: each hint with its reason, its expected gain and a button that does it."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.session.hints.base import Hint, apply_hint, hints
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, tag

EMPTY = "There is nothing to suggest for this state."
EARLY = "Calibrate the model first: hints follow from its statistics."
TITLE = "Hints"
GAIN_WIDTH, SHOW_WIDTH, ACTION_WIDTH = 100, 90, 270


class HintsView:
    """The tab of the hints, and the count in its title."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._hints: list[Hint] | None = None
        self._tabs: Any = None
        self.panel = pn.Column(sizing_mode="stretch_both", scroll="y", margin=(4, 12, 12, 12))
        state.param.watch(self._follow, ["pipeline", "check", "edited"])
        self._follow()

    def attach(self, tabs: Any) -> None:
        """Show the count in the title of the tab."""
        self._tabs = tabs
        self._count()

    def _follow(self, *_: Any) -> None:
        pn.state.execute(self._load)

    @shows_errors_of
    async def _load(self) -> None:
        found = await self._state.workspace.ask(hints)
        if found == self._hints and found:
            return
        self._hints = found
        ready = any(row["stage"] == "calibrate" and row["done"] for row in self._state.pipeline)
        note = kit.markup(tag("p", escape(EMPTY if ready else EARLY), "faint"), margin=(4, 0))
        self.panel[:] = [self._row(hint) for hint in found] or [note]
        self._count()

    def _count(self) -> None:
        count = len(self._hints or ())
        title = f"{TITLE} ({count})" if count else TITLE
        if self._tabs is not None:
            place = list(self._tabs).index(self.panel)
            if self._tabs._names[place] != title:
                self._tabs[place] = (title, self.panel)

    def _row(self, hint: Hint) -> pn.viewable.Viewable:
        gain = "Needed" if hint.blocks else "Gain unknown" if hint.gain is None else f"+{hint.gain:.1f} dB"
        place = f" The gain is expected at {hint.gain_at}." if hint.gain_at else ""
        left = kit.markup(tag("b", escape(gain)), width=GAIN_WIDTH, sizing_mode=None)
        words = kit.markup(tag("p", escape(hint.what), "what") + tag("p", escape(hint.why + place), "faint"), margin=(0, 12))
        select, do = functools.partial(self._state.select_tensor, hint.node), functools.partial(self._apply, hint)
        show = kit.button("Show", "my_location", width=SHOW_WIDTH, description=f"Show {hint.node}", visible=bool(hint.node), margin=(0, 8, 0, 0))
        show.on_click(lambda _: pn.state.execute(select))
        apply = kit.button(hint.action, "check", width=ACTION_WIDTH, visible=bool(hint.change), on_click=lambda _: pn.state.execute(do))
        return pn.Row(left, words, show, apply, sizing_mode="stretch_width", margin=(8, 0))

    @shows_errors_of
    async def _apply(self, hint: Hint) -> None:
        await self._state.workspace.change(apply_hint, hint)
