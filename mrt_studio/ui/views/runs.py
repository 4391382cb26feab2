"""The runs: a tree with figures, a plot of error against cost, and two of them side by side."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.session.differences import Change
from mrt_studio.session.run_front import dots
from mrt_studio.session.runs import Run, as_csv, as_json, tree
from mrt_studio.session.session import Session
from mrt_studio.ui import kit
from mrt_studio.ui.plots.base import CONFIG
from mrt_studio.ui.plots.pareto import pareto_figure
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, figure, size, tag
from mrt_studio.ui.views.review import value_text
from mrt_studio.ui.views.run_comparison import Comparison

COLUMNS = {
    "run": "Run",
    "name": "Name",
    "changes": "Changed",
    "agreement": "Agree %",
    "sqnr": "SQNR dB",
    "gas": "Gas",
    "bits": "Bits",
    "storage": "Storage",
    "seconds": "Time s",
    "when": "When (UTC)",
    "note": "Note",
}
WIDTHS = {"run": 85, "name": 105, "agreement": 75, "sqnr": 80, "gas": 95, "bits": 52, "storage": 80, "seconds": 70, "when": 125, "note": 110}
RIGHT = ("agreement", "sqnr", "gas", "bits", "storage", "seconds")
EDITABLE = ("name", "note")
EMPTY = tag("p", escape("Each evaluation is kept here as a run. Run Evaluate to make the first."), "faint")


def runs_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of runs."""
    return RunsView(state).panel


class RunsView:
    """The table, the plot and the comparison, one at a time, which follow the project's runs."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._runs: list[Run] = []
        self._current: int | None = None
        self._empty = kit.markup(EMPTY, margin=(8, 12))
        self._which = kit.segmented({"Runs": "runs", "Pareto": "pareto", "Compare": "compare"}, "runs", align="center")
        self._reopen = kit.button("Reopen", "history", disabled=True, on_click=lambda _: self._change(self._reopened))
        self._delete = kit.button("Delete", "delete", disabled=True, on_click=lambda _: self._keep(self._deleted))
        self._cost = kit.segmented({"Gas": "gas", "Storage": "storage"}, "gas", align="center")
        files = (kit.download("CSV", "runs.csv", lambda: as_csv(self._runs)), kit.download("JSON", "runs.json", lambda: as_json(self._runs)))
        for part in (self._cost, self._reopen, self._delete, *files):
            part.margin = (0, 0, 0, 8)
        self._comparison = Comparison(state)
        space = pn.layout.HSpacer()
        self._faces = {"runs": [self._reopen, self._delete, space, *files], "pareto": [self._cost], "compare": self._comparison.actions}
        self._head = pn.Row(self._which, *self._faces["runs"], sizing_mode="stretch_width", margin=(8, 12, 6, 12))
        self._table = kit.grid(
            frame([], None, {}),
            titles=COLUMNS,
            widths=WIDTHS,
            text_align=dict.fromkeys(RIGHT, "right"),
            editors={name: {"type": "input"} if name in EDITABLE else None for name in COLUMNS},
            selectable="checkbox",
        )
        self._plot = kit.plot(CONFIG)
        self.panel = pn.Column(self._empty, sizing_mode="stretch_both", margin=0)
        self._table.on_edit(self._entered)
        self._table.param.watch(self._picked, "selection")
        self._plot.param.watch(self._clicked, "click_data")
        self._which.param.watch(self._show, "value")
        self._cost.param.watch(self._draw, "value")
        state.param.watch(self._draw, "theme")
        state.param.watch(lambda _: pn.state.execute(self._load), "pipeline")
        pn.state.execute(self._load)

    @shows_errors_of
    async def _load(self) -> None:
        """Read the runs again and show what has changed."""
        runs, current, changes = await self._state.workspace.ask(read_runs)
        if (runs, current) != (self._runs, self._current):
            self._runs, self._current = runs, current
            self._table.param.update(value=frame(runs, current, changes), selection=[])
            self._picked()
            self._comparison.show(runs)
            self._draw()
        self._show()

    def _show(self, *_: Any) -> None:
        which = self._which.value
        body = {"runs": [], "pareto": [self._plot], "compare": [self._comparison.panel]}[which]
        self._table.visible = which == "runs"  # not removed: Tabulator fails when it is taken away while it draws
        wanted = [self._head, self._table, *body] if self._runs else [self._empty]
        if list(self._head) != [self._which, *self._faces[which]]:
            self._head[:] = [self._which, *self._faces[which]]
        if list(self.panel) != wanted:
            self.panel[:] = wanted

    def _draw(self, *_: Any) -> None:
        if self._runs:
            self._plot.object = pareto_figure(dots(self._runs, self._cost.value, self._current), self._cost.value, self._state.theme)

    def _chosen(self) -> list[int]:
        order = [run.number for run, _ in tree(self._runs)]
        return [order[place] for place in self._table.selection if place < len(order)]

    def _picked(self, *_: Any) -> None:
        chosen = self._chosen()
        self._reopen.disabled = len(chosen) != 1 or chosen == [self._current]
        self._delete.disabled = not chosen
        if len(chosen) == 2:
            self._comparison.choose(*sorted(chosen))

    def _clicked(self, event: Any) -> None:
        number = (event.new or {}).get("points", [{}])[0].get("customdata")
        if isinstance(number, int) and number != self._current:
            self._change(functools.partial(_reopen, number))

    def _entered(self, event: Any) -> None:
        run, _ = tree(self._runs)[event.row]
        if event.column in EDITABLE:
            self._keep(functools.partial(_describe, run.number, event.column, str(event.value or "")))

    def _reopened(self, session: Session) -> None:
        session.runs.reopen(self._chosen()[0])

    def _deleted(self, session: Session) -> None:
        for number in self._chosen():
            session.runs.delete(number)

    def _change(self, action: Any) -> None:
        pn.state.execute(functools.partial(self._guarded, self._state.workspace.change, action))

    def _keep(self, action: Any) -> None:
        pn.state.execute(functools.partial(self._guarded, self._state.workspace.ask, action))

    @shows_errors_of
    async def _guarded(self, way: Any, action: Any) -> None:
        """Do something with a run; the table shows what is kept then, also after an error."""
        try:
            await way(action)
        finally:
            await self._load()


def read_runs(session: Session) -> tuple[list[Run], int | None, dict[int, tuple[Change, ...]]]:
    """All runs, the number of the one whose options are set, and what each changed."""
    runs, current = session.runs.list(), session.runs.current()
    return runs, current.number if current else None, {run.number: session.runs.changes(run) for run in runs}


def frame(runs: list[Run], current: int | None, changed: dict[int, tuple[Change, ...]]) -> pd.DataFrame:
    """One line a run, in the order of the tree."""
    lines = [
        {
            "run": f"{'  ' * depth}{'└ ' if depth else ''}{run.number}{' · open' if run.number == current else ''}",
            "name": run.name,
            "changes": summary(changed[run.number]) if run.parent else "the first",
            **{name: _number(run.figures.get(name)) for name in ("agreement", "sqnr", "gas", "bits", "seconds")},
            "storage": size(int(run.figures.get("storage") or 0)),
            "when": run.when[:16].replace("T", " "),
            "note": run.note,
        }
        for run, depth in tree(runs)
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def summary(changes: tuple[Change, ...]) -> str:
    """What changed, in a few words."""
    if not changes:
        return "nothing"
    first = changes[0]
    words = f"{first.name or first.option} {value_text(first.before)} → {value_text(first.after)}"
    return words if len(changes) == 1 else f"{words}, and {len(changes) - 1} more"


def _number(value: float | None) -> str:
    return "" if value is None else figure(value, 4)


def _reopen(number: int, session: Session) -> None:
    session.runs.reopen(number)


def _describe(number: int, column: str, text: str, session: Session) -> None:
    (session.runs.name if column == "name" else session.runs.note)(number, text)
