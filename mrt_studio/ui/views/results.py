"""Float against integer results: figures over all samples, and a row for each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import escape, figure, tag

TITLES = {"agreement": "Same first class (%)", "top1": "Top-1 (%)", "cosine": "Cosine", "sqnr": "SQNR (dB)"}
COLUMNS = {
    "sample": "Sample",
    "label": "Label",
    "change": "First class",
    "float": "Float: class (score)",
    "integer": "Integer: class (score)",
    "sqnr": "SQNR (dB)",
}
WIDTHS = {"label": 80, "change": 110, "float": 240, "integer": 240, "sqnr": 110}


def results_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of results."""
    head, note = kit.markup(margin=(10, 12)), kit.markup(margin=(8, 12))
    grid = kit.grid(
        pd.DataFrame(columns=list(COLUMNS), dtype=object), titles=COLUMNS, widths=WIDTHS, text_align={"sqnr": "right", "label": "right"}, disabled=True
    )

    panel = pn.Column(note, sizing_mode="stretch_both", margin=0)

    def show(*_: Any) -> None:
        found = state.results
        note.object = tag("p", escape("Out of date: run Evaluate." if found else "Run Evaluate to compare both models on the samples."), "faint")
        if found:
            head.object = tiles(found)
            grid.value = frame(found["rows"])
        parts = [note] if not found else [note, head, grid] if "results" in state.stale else [head, grid]
        if list(panel) != parts:
            panel[:] = parts

    state.param.watch(show, ["results", "stale"])
    show()
    return panel


def tiles(found: dict[str, Any]) -> str:
    """The figures, large."""
    figures = [("Samples", len(found["rows"])), *((TITLES.get(name, name), value) for name, value in found["figures"].items() if value is not None)]
    figures.append(("Verified bit for bit", found["verified"]))
    return tag("div", "".join(tag("div", tag("b", escape(figure(value, 4))) + tag("span", escape(name))) for name, value in figures), "tiles")


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """One line a sample."""
    lines = [
        {
            "sample": row["sample"],
            "label": "" if row["label"] is None else row["label"],
            "change": {True: "same", False: "changed", None: ""}[row["agrees"]],
            "float": _best(row.get("float")),
            "integer": _best(row.get("integer")),
            "sqnr": float(figure(row["sqnr"], 4).replace(",", "")),
        }
        for row in rows
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def _best(classes: list[list[float]] | None) -> str:
    return ", ".join(f"{int(number)} ({figure(score, 4)})" for number, score in classes or ())
