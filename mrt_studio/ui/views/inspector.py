"""All about the selected node: operator, neighbours, lineage, statistics, threshold."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import escape, facts, figure, tag
from mrt_studio.ui.views.histogram import histogram
from mrt_studio.ui.views.neighbours import Neighbours


def inspector(state: PageState) -> pn.viewable.Viewable:
    """The panel on the right."""
    view = Inspector(state)
    return pn.Column(view.head, view.integers, view.threshold, view.neighbours.panel, view.body, sizing_mode="stretch_both", scroll="y", margin=(10, 14))


class Inspector:
    """The parts of the panel, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._shown = False
        self.head, self.integers, self.body = kit.markup(), kit.markup(margin=(6, 0, 0, 0)), kit.markup()
        self.drawing = kit.markup(margin=(0, 0, 10, 0))
        self._field = kit.text_field("Threshold", sizing_mode="stretch_width", margin=(0, 8, 0, 0))
        self._reset = kit.icon_button("restart_alt", "Back to the observer's threshold")
        self._reset.on_click(lambda _: pn.state.execute(functools.partial(state.reset_threshold, state.tensor)))
        self._clipped = kit.markup(margin=(2, 0, 0, 0))
        row = pn.Row(self._field, self._reset, sizing_mode="stretch_width", margin=0)
        self.threshold = pn.Column(self.drawing, row, self._clipped, sizing_mode="stretch_width")
        self.threshold.margin = (8, 0, 0, 0)
        self.neighbours = Neighbours(state)
        self._field.param.watch(self._entered, "value")
        state.param.watch(self._show, ["details", "tensor", "rows", "edited", "stale"])
        self._show()

    def _show(self, *_: Any) -> None:
        details = self._state.details
        if not details:
            self.head.object = tag("h3", "Nothing selected") + tag("p", "Click a node of the graph, or a row of the table.", "faint")
            self.body.object = self.integers.object = ""
            self.threshold.visible = False
            return
        self.head.object = tag("h3", escape(details["name"])) + tag("p", tag("b", escape(details["op"])) + " · " + escape(details["help"]), "faint")
        self.integers.object = self._integers()
        self.body.object = _more(details)
        statistics = details.get("statistics")
        self.threshold.visible = bool(statistics)
        if statistics:
            self._show_threshold(statistics)

    def _show_threshold(self, statistics: dict[str, Any]) -> None:
        row = self._row()
        edited = self._state.tensor in self._state.edited
        self.drawing.object = histogram(statistics, row.get("threshold"))
        self._shown = True
        self._field.value = figure(row.get("threshold"), 7)
        self._shown = False
        observed = f"the observer chose {figure(row.get('observed'))}"
        words = f"Set by hand; {observed}." if edited else f"As {observed}."
        self._field.param.update(error_state=False, helper_text=words)
        self._reset.disabled = not edited
        clipped = f"{100 * statistics['clipped']:.3g} % of the values are beyond it."
        self._clipped.object = tag("p", escape(clipped), "faint") + facts(
            [
                ("Range", f"{figure(statistics['min'])} to {figure(statistics['max'])}"),
                ("Mean ± std", f"{figure(statistics['mean'])} ± {figure(statistics['std'])}"),
            ]
        )

    def _integers(self) -> str:
        row = self._row()
        if row.get("precision") is None:
            return ""
        rows = [("bit", row["precision"]), ("scale", figure(row["scale"])), ("multiplier", row["multiplier"]), ("shift", row["shift"])]
        old = tag("p", "Out of date: run Quantize.", "faint") if "quantize" in self._waiting() else ""
        return tag("div", "".join(tag("div", tag("b", escape(value)) + tag("span", escape(name))) for name, value in rows if value), "tiles small") + old

    def _waiting(self) -> set[str]:
        return {row["stage"] for row in self._state.pipeline if not row["done"]}

    def _row(self) -> dict[str, Any]:
        return next((row for row in self._state.rows if row["name"] == self._state.tensor), {})

    def _entered(self, event: Any) -> None:
        if self._shown or not self._state.tensor:
            return
        try:
            value = float(event.new.replace(",", ""))
        except ValueError:
            self._field.param.update(error_state=True, helper_text="It must be a positive number.")
            return
        pn.state.execute(functools.partial(self._state.set_threshold, self._state.tensor, value))


def _more(details: dict[str, Any]) -> str:
    """Shape, attributes and lineage."""
    attributes = [(name, value) for name, value in details["attributes"].items()]
    lineage = [("Made from", ", ".join(details["origin"])), ("By rule", details["rule"])]
    parts = [tag("h4", "Shape and attributes") + facts([("shape", details["shape"]), *attributes])]
    if any(value for _, value in lineage):
        parts.append(tag("h4", "Lineage") + facts(lineage))
    return "".join(tag("div", part, "part") for part in parts)
