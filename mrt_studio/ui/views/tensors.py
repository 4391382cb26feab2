"""The table of tensors: thresholds and what became of them in integers, linked with the graph, for one tensor or many at once."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import escape, figure, tag
from mrt_studio.ui.views.edits import Edits

COLUMNS = {
    "name": "Tensor",
    "op": "Operator",
    "shape": "Shape",
    "threshold": "Threshold",
    "set_by": "Set by",
    "wide": "Input",
    "precision": "Bits",
    "scale": "Scale",
    "multiplier": "Multiplier",
    "shift": "Shift",
    "pending": "Edit",
}
WIDTHS = {"op": 115, "shape": 105, "threshold": 90, "set_by": 90, "wide": 55, "precision": 50, "scale": 85, "multiplier": 80, "shift": 55, "pending": 70}
RIGHT = ("threshold", "precision", "scale", "multiplier", "shift")


def tensor_table(state: PageState) -> pn.viewable.Viewable:
    """The tab of tensors."""
    return TensorTable(state).panel


class TensorTable:
    """A Tabulator that follows the state; a row is the tensor of its name. A click shows a tensor, check boxes select many to edit."""

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
            selectable="checkbox",
        )
        self.panel = pn.Column(self.empty, sizing_mode="stretch_both", margin=(4, 0, 0, 0))
        self._edits = Edits(state, self.table, self._select_names)
        self.table.on_edit(self._entered)
        self.table.on_click(self._clicked)
        self.table.param.watch(self._picked, "selection")
        state.param.watch(self._show_rows, ["rows", "pending"])
        state.param.watch(self._show_selected, ["tensor", "rows"])
        self._show_rows()

    def _show_rows(self, *_: Any) -> None:
        rows = self._state.rows
        new, old = frame(rows, self._state.pending.tensors if self._state.pending else frozenset()), self.table.value
        if list(new["name"]) != list(old["name"]):
            self.table.param.update(value=new, selection=[])
        else:
            self.table.patch(changes(old, new))
        wanted = [self._edits.bar, self.table, self._edits.review.table] if rows else [self.empty]
        if list(self.panel) != wanted:
            self.panel[:] = wanted

    def _show_selected(self, *_: Any) -> None:
        """Select the tensor that is selected elsewhere, unless it is among those that are selected here."""
        names = self._names()
        if self._state.tensor not in names:
            self._select([])
        elif (place := names.index(self._state.tensor)) not in self.table.selection:
            self._select([place])

    def _select(self, places: list[int]) -> None:
        self._shown = True
        self.table.selection = places
        self._shown = False
        self._edits.choose([self._names()[place] for place in places])

    def _select_names(self, names: list[str]) -> None:
        """Select many tensors, and show the first unless the shown one is among them."""
        places = [place for place, name in enumerate(self._names()) if name in set(names)]
        self._select(places)
        if places and self._state.tensor not in names:
            pn.state.execute(functools.partial(self._state.select_tensor, names[0]))

    def _clicked(self, event: Any) -> None:
        name = self._names()[event.row]
        self._select([event.row])
        pn.state.execute(functools.partial(self._state.select_tensor, name))

    def _picked(self, event: Any) -> None:
        """A check box: what was added last is shown."""
        if self._shown:
            return
        names = self._names()
        self._edits.choose([names[place] for place in event.new])
        if added := [place for place in event.new if place not in event.old]:
            pn.state.execute(functools.partial(self._state.select_tensor, names[added[-1]]))

    def _names(self) -> list[str]:
        return [row["name"] for row in self._state.rows]

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


def frame(rows: list[dict[str, Any]], pending: frozenset[str] = frozenset()) -> pd.DataFrame:
    """The rows as the table shows them; every column holds objects, so that a missing value is an empty cell."""
    plain = [
        {
            **row,
            "threshold": _number(row["threshold"]),
            "scale": _number(row["scale"]),
            "set_by": "hand" if row["edited"] else row["observer"] or "observer",
            "wide": "15 bit" if row["wide"] else "",
            "pending": "pending" if row["name"] in pending else "",
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
