"""The table of tensors: thresholds and what became of them in integers, linked with the graph."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import escape, figure, tag

COLUMNS = {
    "name": "Tensor",
    "op": "Operator",
    "shape": "Shape",
    "threshold": "Threshold",
    "set_by": "Set by",
    "precision": "Bits",
    "scale": "Scale",
    "multiplier": "Multiplier",
    "shift": "Shift",
}
WIDTHS = {"op": 120, "shape": 130, "threshold": 95, "set_by": 85, "precision": 55, "scale": 95, "multiplier": 90, "shift": 65}
RIGHT = ("threshold", "precision", "scale", "multiplier", "shift")


def tensor_table(state: PageState) -> pn.viewable.Viewable:
    """The tab of tensors."""
    return TensorTable(state).panel


class TensorTable:
    """A Tabulator that follows the state; a row is the tensor of its name."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._shown = False
        self.empty = kit.markup(tag("p", escape("Tensors appear when the model is prepared."), "faint"), margin=(8, 12))
        self.table = kit.grid(
            frame([]),
            titles=COLUMNS,
            widths=WIDTHS,
            text_align=dict.fromkeys(RIGHT, "right"),
            editors={name: {"type": "number", "min": 0, "step": "any", "selectContents": True} if name == "threshold" else None for name in COLUMNS},
            header_filters={"name": {"type": "input", "placeholder": "filter"}, "op": {"type": "input", "placeholder": "filter"}},
            selectable=1,
        )
        self.panel = pn.Column(self.empty, sizing_mode="stretch_both", margin=(4, 0, 0, 0))
        self.table.on_edit(self._entered)
        self.table.param.watch(self._picked, "selection")
        state.param.watch(self._show_rows, "rows")
        state.param.watch(self._show_selected, ["tensor", "rows"])
        self._show_rows()

    def _show_rows(self, *_: Any) -> None:
        rows = self._state.rows
        new, old = frame(rows), self.table.value
        if list(new["name"]) != list(old["name"]):
            self.table.value = new
        else:
            self.table.patch(changes(old, new))
        wanted = self.table if rows else self.empty
        if self.panel[0] is not wanted:
            self.panel[:] = [wanted]

    def _show_selected(self, *_: Any) -> None:
        names = [row["name"] for row in self._state.rows]
        wanted = [names.index(self._state.tensor)] if self._state.tensor in names else []
        if self.table.selection != wanted:
            self._shown = True
            self.table.selection = wanted
            self._shown = False

    def _picked(self, event: Any) -> None:
        if not self._shown and event.new:
            pn.state.execute(functools.partial(self._state.select_tensor, self._state.rows[event.new[-1]]["name"]))

    def _entered(self, event: Any) -> None:
        if event.column != "threshold" or event.row not in range(len(self._state.rows)):
            return
        row = self._state.rows[event.row]
        pn.state.execute(functools.partial(self._take, event.row, row, event.value))

    async def _take(self, index: int, row: dict[str, Any], value: Any) -> None:
        if isinstance(value, int | float) and value > 0:
            await self._state.set_threshold(row["name"], float(value))
        else:
            self.table.patch({"threshold": [(index, _number(row["threshold"]))]})


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows as the table shows them; every column holds objects, so that a missing value is an empty cell."""
    plain = [
        {
            **row,
            "threshold": _number(row["threshold"]),
            "scale": _number(row["scale"]),
            "set_by": "hand" if row["edited"] else "observer",
            "precision": row["precision"],
        }
        for row in rows
    ]
    return pd.DataFrame([{name: "" if row[name] is None else row[name] for name in COLUMNS} for row in plain], columns=list(COLUMNS), dtype=object)


def changes(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, list[tuple[int, Any]]]:
    """The cells that differ, by column."""
    return {
        name: [(i, b) for i, (a, b) in enumerate(zip(old[name], new[name], strict=True)) if a != b] for name in COLUMNS if list(old[name]) != list(new[name])
    }


def _number(value: float | None) -> float | str:
    return "" if value is None else float(figure(value, 6).replace(",", ""))
