"""Two runs side by side: figures, options, and thresholds, which can be taken from either."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.session.run_files import Run
from mrt_studio.session.session import Session
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, figure, region, table, tag
from mrt_studio.ui.views.review import value_text

COLUMNS = {"name": "Tensor", "a": "A", "b": "B"}
FIGURES_WIDTH = 420
NONE = tag("p", escape("The thresholds are the same."), "faint")
ONE = tag("p", escape("There is only one run. Change something and run Evaluate to have another."), "faint")


class Comparison:
    """The choice of two runs, and what is different between them."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._runs: list[Run] = []
        self._a, self._b = (kit.select(name, {}, None, width=160, sizing_mode=None, margin=(0, 0, 0, 8)) for name in "AB")
        self._take_a = kit.button("Take from A", "call_received", disabled=True, on_click=lambda _: self._take(self._a.value))
        self._take_b = kit.button("Take from B", "call_received", disabled=True, on_click=lambda _: self._take(self._b.value))
        self._figures = kit.markup(margin=(0, 12))
        self._note = kit.markup(NONE, margin=(8, 12))
        self._grid = kit.grid(
            pd.DataFrame(columns=list(COLUMNS), dtype=object),
            titles=COLUMNS,
            widths={"a": 130, "b": 130},
            text_align={"a": "right", "b": "right"},
            editors=dict.fromkeys(COLUMNS),
            header_filters={"name": {"type": "input", "placeholder": "filter"}},
            selectable="checkbox",
        )
        for part in (self._a, self._b):
            part.param.watch(lambda _: pn.state.execute(self._load), "value")
        for part in (self._take_a, self._take_b):
            part.param.update(margin=(0, 0, 0, 8), align="center", description=f"{part.label}: set the ticked thresholds by hand to those of this run")
        self._grid.param.watch(self._picked, "selection")
        self.actions = [self._a, self._b, pn.layout.HSpacer(), self._take_a, self._take_b]
        left = pn.Column(self._figures, width=FIGURES_WIDTH, sizing_mode="stretch_height", scroll="y", margin=0)
        self._right = pn.Column(self._note, sizing_mode="stretch_both", margin=0)
        self.panel = pn.Row(left, self._right, sizing_mode="stretch_both", margin=0)

    def show(self, runs: list[Run]) -> None:
        """Offer these runs; the last two when nothing was chosen yet."""
        self._runs = runs
        names = {_label(run): run.number for run in runs}
        numbers = [run.number for run in runs]
        for part, usual in ((self._a, numbers[-2:][:1]), (self._b, numbers[-1:])):
            value = part.value if part.value in numbers else usual[0] if usual else None
            part.param.update(options=names, value=value)
        pn.state.execute(self._load)

    def choose(self, a: int, b: int) -> None:
        """Compare these two."""
        self._a.value, self._b.value = a, b

    @shows_errors_of
    async def _load(self) -> None:
        a, b = self._a.value, self._b.value
        if len(self._runs) < 2 or a is None or b is None:
            self._figures.object = ONE
            self._show_thresholds([])
            return
        found = await self._state.workspace.ask(lambda session: session.runs.compare(a, b))
        if (a, b) == (self._a.value, self._b.value):
            self._figures.object = region("Figures of both runs", _tables(found))
            self._show_thresholds(found["thresholds"])

    def _show_thresholds(self, rows: list[dict[str, Any]]) -> None:
        lines = [{"name": row["name"], "a": _number(row["a"]), "b": _number(row["b"])} for row in rows]
        self._grid.param.update(value=pd.DataFrame(lines, columns=list(COLUMNS), dtype=object), selection=[])
        self._picked()
        wanted = self._grid if rows else self._note
        if self._right[0] is not wanted:
            self._right[:] = [wanted]

    def _picked(self, *_: Any) -> None:
        self._take_a.disabled = self._take_b.disabled = not self._grid.selection

    def _take(self, number: int) -> None:
        names = [self._grid.value["name"][place] for place in self._grid.selection]
        pn.state.execute(functools.partial(self._pick, number, names))

    @shows_errors_of
    async def _pick(self, number: int, names: list[str]) -> None:
        await self._state.workspace.change(_cherry_pick, number, names)


def _cherry_pick(session: Session, number: int, names: list[str]) -> None:
    session.runs.cherry_pick(number, names)


def _label(run: Run) -> str:
    return f"{run.number}: {run.name}" if run.name else run.title


def _tables(found: dict[str, Any]) -> str:
    figures = [(row["name"], _number(row["a"]), _number(row["b"])) for row in found["figures"] if row["a"] is not None or row["b"] is not None]
    options = [(f"{row['option']} {row['name']}".strip(), value_text(row["a"]), value_text(row["b"])) for row in found["options"]]
    words = table(("Option", "A", "B"), options) if options else tag("p", escape("The options are the same, but for thresholds set by hand."), "faint")
    return table(("Figure", "A", "B"), figures) + tag("div", words, "part")


def _number(value: float | None) -> str:
    return "" if value is None else figure(value, 6)
