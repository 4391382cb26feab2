"""All about the selected node: operator, threshold, neighbours, and in sections that fold all the rest."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import escape, facts, figure, tag
from mrt_studio.ui.views import node_parts
from mrt_studio.ui.views.histogram import histogram
from mrt_studio.ui.views.neighbours import Neighbours

SECTIONS = ("Shape and attributes", "Lineage", "Bits up to INT32", "Errors", "Weights", "Ranges of channels", "Samples that reach furthest")
FOLDS = {"& .MuiAccordionSummary-root": {"minHeight": 36, "padding": "0 4px"}, "& .MuiAccordionDetails-root": {"padding": "0 4px 8px"}}


def inspector(state: PageState) -> pn.viewable.Viewable:
    """The panel on the right."""
    view = Inspector(state)
    parts = (view.head, view.integers, view.threshold, view.neighbours.panel, view.sections)
    return pn.Column(*parts, sizing_mode="stretch_both", scroll="y", margin=(10, 14))


class Inspector:
    """The parts of the panel, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._shown = False
        self.head, self.integers = kit.markup(css=node_parts.CSS), kit.markup(margin=(6, 0, 0, 0))
        self.drawing = kit.markup(margin=(0, 0, 10, 0))
        self._field = kit.text_field("Threshold", sizing_mode="stretch_width", margin=(0, 8, 0, 0))
        self._reset = kit.icon_button("restart_alt", "Back to the observer's threshold")
        self._reset.on_click(lambda _: pn.state.execute(functools.partial(state.reset_threshold, state.tensor)))
        self._clipped = kit.markup(margin=(2, 0, 0, 0))
        row = pn.Row(self._field, self._reset, sizing_mode="stretch_width", margin=0)
        self.threshold = pn.Column(self.drawing, row, self._clipped, sizing_mode="stretch_width")
        self.threshold.margin = (8, 0, 0, 0)
        self.neighbours = Neighbours(state)
        self._parts = {title: kit.markup(css=node_parts.CSS, margin=(0, 0, 6, 0)) for title in SECTIONS}
        self.sections = kit.accordion(active=[0], sizing_mode="stretch_width", margin=(12, 0, 0, 0), sx=FOLDS)
        self._field.param.watch(self._entered, "value")
        state.param.watch(self._show, ["details", "tensor", "rows", "edited", "stale"])
        self._show()

    def _show(self, *_: Any) -> None:
        details = self._state.details
        if not details:
            self.head.object = tag("h3", "Nothing selected") + tag("p", "Click a node of the graph, or a row of the table.", "faint")
            self.integers.object = ""
            self._fold({})
            self.threshold.visible = False
            return
        self.head.object = _head(details)
        self.integers.object = self._integers()
        self._fold(_sections(details, self._row().get("threshold")))
        statistics = details.get("statistics")
        self.threshold.visible = bool(statistics)
        if statistics:
            self._show_threshold(statistics)

    def _fold(self, sections: dict[str, str]) -> None:
        """Show the sections that there is something to say in; those that are open stay open."""
        open_ones = {self.sections[i].name for i in self.sections.active if i < len(self.sections)}
        shown = [title for title in SECTIONS if sections.get(title)]
        for title in shown:
            self._parts[title].object = sections[title]
        if [part.name for part in self.sections] != shown:
            self.sections[:] = [(title, self._parts[title]) for title in shown]
            self.sections.active = [i for i, title in enumerate(shown) if title in open_ones or title == SECTIONS[0]]

    def _show_threshold(self, statistics: dict[str, Any]) -> None:
        row = self._row()
        edited = self._state.tensor in self._state.edited
        self.drawing.object = histogram(statistics, row.get("threshold"))
        self._shown = True
        self._field.value = figure(row.get("threshold"), 7)
        self._shown = False
        source = self._state.details.get("source", "")
        words = f"{source} It chose {figure(row.get('observed'))}." if edited else source
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


def _head(details: dict[str, Any]) -> str:
    """Name, operator with its documentation, and the verdict on its error."""
    said = tag("p", escape(details["verdict"])) if details.get("verdict") else ""
    return tag("h3", escape(details["name"])) + tag("p", tag("b", escape(details["op"])) + " · " + escape(details["help"]), "faint") + said


def _sections(details: dict[str, Any], threshold: float | None) -> dict[str, str]:
    """The sections by title; what nothing is known of is left out."""
    known = {
        "Shape and attributes": node_parts.about(details),
        "Lineage": node_parts.lineage(details),
        "Bits up to INT32": node_parts.bits(details) if details.get("bits") else "",
        "Errors": node_parts.errors(details) if details.get("errors") else "",
        "Weights": node_parts.weights(details) if details.get("weights") else "",
        "Ranges of channels": node_parts.channels(details, threshold) if details.get("channels") else "",
        "Samples that reach furthest": node_parts.samples(details) if details.get("samples") else "",
    }
    return {title: content for title, content in known.items() if content}
