"""The audit trail: every change of an option, newest first, and the way back to any of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.session.audit import Entry
from mrt_studio.session.session import Session
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.views.review import value_text

COLUMNS = {"number": "No", "when": "When (UTC)", "who": "Who", "what": "What", "before": "From", "after": "To", "note": "Note"}
WIDTHS = {"number": 55, "when": 150, "who": 110, "before": 150, "after": 150, "note": 190}
SHOWN = 500
EMPTY = tag("p", escape("Every change of an option is kept here: who, when, what, from, to. Nothing has been changed yet."), "faint")


def history_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of the history."""
    return HistoryView(state).panel


class HistoryView:
    """A table that follows the trail of the project."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._entries: list[Entry] = []
        self._empty = kit.markup(EMPTY, margin=(8, 12))
        self._back = kit.button("Back to this state", "history", disabled=True, on_click=lambda _: pn.state.execute(self._jump))
        self._words = kit.markup(margin=(0, 0, 0, 12), align="center")
        self._head = pn.Row(self._back, self._words, sizing_mode="stretch_width", margin=(8, 12, 6, 12))
        self._table = kit.grid(
            frame([]),
            titles=COLUMNS,
            widths=WIDTHS,
            text_align={"number": "right"},
            editors=dict.fromkeys(COLUMNS),
            header_filters={name: {"type": "input", "placeholder": "filter"} for name in ("who", "what", "note")},
            selectable="checkbox-single",
        )
        self.panel = pn.Column(self._empty, sizing_mode="stretch_both", margin=0)
        self._table.param.watch(self._picked, "selection")
        state.param.watch(lambda _: pn.state.execute(self._load), ["options", "pipeline"])
        pn.state.execute(self._load)

    @shows_errors_of
    async def _load(self) -> None:
        entries = list(reversed(await self._state.workspace.ask(_trail)))
        if entries != self._entries:
            self._entries = entries
            self._table.param.update(value=frame(entries), selection=[])
            self._picked()
        wanted = [self._head, self._table] if entries else [self._empty]
        if list(self.panel) != wanted:
            self.panel[:] = wanted

    def _picked(self, *_: Any) -> None:
        self._back.disabled = len(self._table.selection) != 1
        self._words.object = tag("span", escape("Tick an entry to go back to the options after it." if self._back.disabled else "This can be undone."), "faint")

    @shows_errors_of
    async def _jump(self) -> None:
        number = self._entries[self._table.selection[0]].number
        await self._state.workspace.change(lambda session: session.history.jump(number))


def frame(entries: list[Entry]) -> pd.DataFrame:
    """One line an entry."""
    lines = [
        {
            "number": entry.number,
            "when": entry.when[:19].replace("T", " "),
            "who": entry.who,
            "what": what(entry),
            "before": value_text(entry.changes[0].before) if len(entry.changes) == 1 else "",
            "after": value_text(entry.changes[0].after) if len(entry.changes) == 1 else "",
            "note": entry.note,
        }
        for entry in entries
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def what(entry: Entry) -> str:
    """What was changed: one option, or the options of many changes."""
    if entry.kind == "start":
        return "start"
    paths = dict.fromkeys(change.path for change in entry.changes)
    first = entry.changes[0] if len(entry.changes) == 1 else None
    names = f"{first.path} {first.name}".strip() if first else f"{', '.join(paths)}: {len(entry.changes)} values"
    return names if entry.kind == "change" else f"{entry.kind}: {names}"


def _trail(session: Session) -> tuple[Entry, ...]:
    """The newest entries."""
    return session.history.entries[-SHOWN:]
