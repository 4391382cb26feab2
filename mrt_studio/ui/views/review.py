"""The list of pending edits: from and to of each, taken back one by one or all together."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.session import edits
from mrt_studio.session.differences import Change
from mrt_studio.session.options import as_text
from mrt_studio.session.session import Session
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import figure

COLUMNS = {"name": "Tensor", "path": "Option", "before": "From", "after": "To"}
WIDTHS = {"path": 200, "before": 240, "after": 240}


class Review:
    """The table of changes, which follows the state, and its buttons."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._changes: tuple[Change, ...] = ()
        self.table = kit.grid(frame(()), titles=COLUMNS, widths=WIDTHS, editors=dict.fromkeys(COLUMNS), selectable="checkbox", visible=False)
        self._some = kit.button("Reset ticked", "restart_alt", disabled=True, on_click=lambda _: self._reset(_reset_some, self._ticked()))
        everything = kit.button("Reset all", "clear_all", margin=(0, 0, 0, 6), on_click=lambda _: self._reset(edits.reset_all))
        self.actions = [self._some, everything]
        self.table.param.watch(self._picked, "selection")
        state.param.watch(self._show, "pending")
        self._show()

    def _show(self, *_: Any) -> None:
        changes = self._state.pending.changes if self._state.pending else ()
        if changes != self._changes:
            self._changes = changes
            self.table.param.update(value=frame(changes), selection=[])
            self._picked()

    def _picked(self, *_: Any) -> None:
        self._some.disabled = not self.table.selection

    def _ticked(self) -> list[Change]:
        return [self._changes[place] for place in self.table.selection]

    def _reset(self, action: Callable[..., Any], *arguments: Any) -> None:
        pn.state.execute(functools.partial(self._change, action, *arguments))

    @shows_errors_of
    async def _change(self, action: Callable[..., Any], *arguments: Any) -> None:
        await self._state.workspace.change(action, *arguments)


def frame(changes: tuple[Change, ...]) -> pd.DataFrame:
    """One line a change."""
    lines = [{"name": c.name, "path": c.path, "before": value_text(c.before), "after": value_text(c.after)} for c in changes]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def value_text(value: Any) -> str:
    """A value of an option, short; what is not set is said to be."""
    return figure(value) if isinstance(value, int | float) and not isinstance(value, bool) else as_text(value) or "not set"


def _reset_some(session: Session, changes: list[Change]) -> None:
    for change in changes:
        edits.reset_change(session, change)
