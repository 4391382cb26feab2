"""The list of differences between two stages; a row is a node that was added, removed or changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.text import escape, tag

Data = dict[str, Any]

COLUMNS = {"kind": "Change", "id": "Node", "rule": "Rule", "what": "What and why"}
KINDS = ("added", "removed", "changed")
NOTHING = tag("p", escape("Put another stage beside the graph to see what changed."), "faint")


class Changes:
    """A table that tells `pick` which difference is selected: its kind and its row of `session.compare.diff`."""

    def __init__(self, pick: Callable[[str, Data], None]) -> None:
        self._pick = pick
        self._rows: list[tuple[str, Data]] = []
        self._words = kit.markup(NOTHING, margin=(8, 12))
        self._table = kit.grid(
            _frame([]),
            titles=COLUMNS,
            widths={"kind": 90, "id": 300, "rule": 140},
            editors=dict.fromkeys(COLUMNS),
            header_filters={"id": {"type": "input", "placeholder": "filter"}, "rule": {"type": "input", "placeholder": "filter"}},
            selectable=1,
            visible=False,
        )
        self.panel = pn.Column(self._words, self._table, sizing_mode="stretch_both", margin=0)
        self._table.param.watch(self._selected, "selection")

    def show(self, found: Data, problem: str = "") -> None:
        """Show the differences, or why there are none."""
        self._rows = [(kind, row) for kind in KINDS for row in found.get(kind, ())]
        self._table.param.update(value=_frame(self._rows), selection=[], visible=bool(self._rows))
        counts = ", ".join(f"{len(found[kind]):,} {kind}" for kind in KINDS) if found else ""
        self._words.object = tag("p", escape(problem or counts), "faint") if problem or found else NOTHING

    def _selected(self, event: Any) -> None:
        if event.new:
            self._pick(*self._rows[event.new[-1]])


def _frame(rows: list[tuple[str, Data]]) -> pd.DataFrame:
    lines = [(kind, row["id"], row["rule"], "; ".join(row.get("what", ())) or row["reason"]) for kind, row in rows]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
