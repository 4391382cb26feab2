"""Float against integer results: figures over all samples, a row for each, and what changed from which class to which."""

from __future__ import annotations

from typing import Any

import pandas as pd
import panel as pn

from mrt_studio.session.pictures import thumbnails
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, figure, region, table, tag

Data = dict[str, Any]

TITLES = {
    "agreement": "Same first class (%)",
    "top1": "Top-1 (%)",
    "top5": "Top-5 (%)",
    "top5_agreement": "Same top five (%)",
    "cosine": "Cosine",
    "sqnr": "SQNR (dB)",
    "kl_softmax": "KL divergence",
    "max_error": "Largest error",
    "mse": "Mean squared error",
    "predicted_flips": "Predicted flips (%)",
}
COLUMNS = {
    "picture": "",
    "sample": "Sample",
    "label": "Label",
    "change": "First class",
    "float": "Float (score)",
    "float_margin": "Margin",
    "integer": "Integer (score)",
    "integer_margin": "Margin",
    "sqnr": "SQNR (dB)",
}
WIDTHS = {"picture": 52, "label": 60, "change": 90, "float": 108, "float_margin": 76, "integer": 116, "integer_margin": 76, "sqnr": 88}
RIGHT = ("label", "float_margin", "integer_margin", "sqnr")
SIDE_WIDTH = 310
SIDE_CSS = "img { width: 96px; height: 96px; object-fit: contain; float: right; margin-left: 12px; } table.plain { clear: none; }"
ADVICE = tag("p", escape("Select a sample to see its best classes in both models."), "faint")
TRUTH = {"both": "both models", "float": "only the float model", "integer": "only the integer model", "neither": "neither"}


def results_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of results."""
    return Results(state).panel


class Results:
    """The table of samples with pictures, and beside it the figures, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._pictures: dict[int, str] = {}
        self._note = kit.markup(margin=(8, 12))
        self._tiles, self._sample, self._summary = kit.markup(), kit.markup(ADVICE, css=SIDE_CSS, margin=(0, 0, 12, 0)), kit.markup(margin=(12, 0, 0, 0))
        self._grid = kit.grid(
            frame([], {}),
            titles=COLUMNS,
            widths=WIDTHS,
            text_align=dict.fromkeys(RIGHT, "right"),
            formatters={"picture": {"type": "html"}},
            header_filters={name: {"type": "input", "placeholder": "filter"} for name in ("sample", "change")},
            editors=dict.fromkeys(COLUMNS),
            hidden_columns=["picture"],
            selectable=1,
        )
        self._grid.param.watch(self._picked, "selection")
        side = pn.Column(self._sample, self._tiles, self._summary, width=SIDE_WIDTH, sizing_mode="stretch_height", scroll="y", margin=(8, 12))
        self._body = pn.Row(self._grid, side, sizing_mode="stretch_both", margin=0)
        self.panel = pn.Column(self._note, sizing_mode="stretch_both", margin=0)
        state.param.watch(self._show, ["results", "stale"])
        state.param.watch(lambda *_: pn.state.execute(self._look), "results")
        self._show()
        pn.state.execute(self._look)

    def _show(self, *_: Any) -> None:
        found = self._state.results
        self._note.object = tag("p", escape("Out of date: run Evaluate." if found else "Run Evaluate to compare both models on the samples."), "faint")
        if found:
            self._tiles.object = region("Results of all samples", tiles(found))
            self._summary.object = summary(found)
            self._fill()
        parts = [self._note] if not found else [self._note, self._body] if "results" in self._state.stale else [self._body]
        if list(self.panel) != parts:
            self.panel[:] = parts

    def _fill(self) -> None:
        new = frame(self._state.results["rows"], self._pictures)
        if not new.equals(self._grid.value):
            has_labels = any(row["label"] is not None for row in self._state.results["rows"])
            hidden = [name for name, shown in (("picture", self._pictures), ("label", has_labels)) if not shown]
            self._grid.param.update(value=new, hidden_columns=hidden, css_classes=["tall"] if self._pictures else [], selection=[])

    @shows_errors_of
    async def _look(self) -> None:
        """Make the pictures of the worst samples, away from the event loop."""
        rows = self._state.results.get("rows", [])
        made = await self._state.workspace.ask(thumbnails, [row["position"] for row in rows]) if rows else {}
        if self._state.results.get("rows", []) == rows:
            self._pictures = made
            if rows:
                self._fill()

    def _picked(self, event: Any) -> None:
        rows = self._state.results.get("rows", ())
        row = rows[event.new[-1]] if event.new and event.new[-1] < len(rows) else None
        self._sample.object = ADVICE if row is None else sample(row, self._pictures.get(row["position"], ""))


def tiles(found: Data) -> str:
    """The figures, large, and how sure the agreement is."""
    figures = [("Samples", len(found["rows"])), *((TITLES.get(name, name), value) for name, value in found["figures"].items() if value is not None)]
    figures.append(("Verified bit for bit", found["verified"]))
    shown = tag("div", "".join(tag("div", tag("b", escape(figure(value, 4))) + tag("span", escape(name))) for name, value in figures), "tiles small")
    sure = found["agreement"]
    words = f"With 95 % confidence {figure(sure['low'], 3)} to {figure(sure['high'], 3)} % of such samples keep their first class." if sure else ""
    return shown + (tag("p", escape(words), "faint") if words else "")


def summary(found: Data) -> str:
    """Which first classes changed into which, and which are right."""
    changes = [(row["from"], row["to"], row["count"]) for row in found["changes"]]
    parts = [tag("h4", "Changes of the first class") + table(("Float", "Integer", "Samples"), changes)] if changes else []
    if found["truth"]:
        right = [(TRUTH[name], count) for name, count in found["truth"].items()]
        parts.append(tag("h4", "Whose first class is right") + table(("Right in", "Samples"), right))
    return "".join(tag("div", part, "part") for part in parts)


def sample(row: Data, picture: str) -> str:
    """One sample's best classes in both models, side by side."""
    image = f'<img src="{escape(picture)}" alt="{escape(row["sample"])}">' if picture else ""
    about = [f"label {row['label']}" if row["label"] is not None else "", f"{figure(row['sqnr'], 4)} dB"]
    head = tag("b", escape(row["sample"])) + tag("p", escape(" · ".join(word for word in about if word)), "faint")
    both = zip(row.get("float", ()), row.get("integer", ()), strict=True)
    best = [(i + 1, _class(a), _class(b)) for i, (a, b) in enumerate(both)]
    return image + head + (table(("", "Float", "Integer"), best) if best else "")


def frame(rows: list[Data], pictures: dict[int, str]) -> pd.DataFrame:
    """One line a sample."""
    lines = [
        {
            "picture": f'<img src="{escape(pictures[row["position"]])}" alt="{escape(row["sample"])}">' if row["position"] in pictures else "",
            "sample": row["sample"],
            "label": "" if row["label"] is None else row["label"],
            "change": {True: "same", False: "changed", None: ""}[row["agrees"]],
            "float": _class(row["float"][0]) if "float" in row else "",
            "float_margin": _number(row.get("float_margin")),
            "integer": _class(row["integer"][0]) if "integer" in row else "",
            "integer_margin": _number(row.get("integer_margin")),
            "sqnr": _number(row["sqnr"]),
        }
        for row in rows
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def _number(value: float | None) -> float | str:
    return "" if value is None else float(figure(value, 4).replace(",", ""))


def _class(found: list[float]) -> str:
    return f"{int(found[0])} ({figure(found[1], 4)})"
