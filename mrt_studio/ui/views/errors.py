"""Where the integer model's error comes from: along the depth, by node, by channel, value by value, for chosen samples."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.session.profile import sample_rows, waterfall
from mrt_studio.session.samples import choose, read_positions, write_positions
from mrt_studio.ui import kit
from mrt_studio.ui.plots.base import CONFIG, Figure
from mrt_studio.ui.plots.errors import bias_figure, channels_figure, depth_figure, samples_figure, values_figure, waterfall_figure
from mrt_studio.ui.state import PageState, shows_errors_of
from mrt_studio.ui.text import escape, tag

Data = dict[str, Any]

PLOTS = {"Depth": "depth", "Origin": "waterfall", "Channels": "channels", "Values": "values", "Mean error": "bias", "Samples": "samples"}
ANALYSES = ("errors", "channels")
EMPTY = "Measure to see where the error of the integer model comes from. It runs both models on a few samples."
OLD = "Out of date: measure again."
CHOOSE = "Click a node of the graph to see its values."
OTHER = "The selected node has no integers of its own."


def errors_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of errors."""
    return Errors(state).panel


class Errors:
    """The plots, the sentence and the choice of samples, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._samples: Data = {"rows": [], "chosen": [], "most": 0}
        self._steps: list[Data] = []
        self._note = kit.markup(margin=(0, 0, 0, 16), align="center")
        self._which = kit.segmented(PLOTS, "depth", align="center")
        self._measure = kit.button("Measure", "straighten", strong=True, align="center", margin=(0, 0, 0, 12))
        self._measure.on_click(lambda _: pn.state.execute(functools.partial(state.run, *ANALYSES)))
        self._plot = kit.plot(CONFIG)
        self._missing = kit.markup(margin=(24, 12), css=":host { text-align: center; }")
        self._field = kit.text_field("Samples, such as 0-3, 7", sizing_mode=None, width=240, margin=0)
        self._take = kit.button("Measure these", "straighten", on_click=lambda _: pn.state.execute(self._chosen), align="center", margin=(0, 0, 0, 8))
        self._first = kit.button("Back to the first", "restart_alt", on_click=lambda _: pn.state.execute(self._usual), align="center", margin=(0, 0, 0, 8))
        self._hint = kit.markup(align="center", margin=(0, 0, 0, 12))
        self._choice = pn.Row(self._field, self._take, self._first, self._hint, visible=False, sizing_mode="stretch_width", margin=(4, 12))
        head = pn.Row(self._which, self._note, self._measure, sizing_mode="stretch_width", margin=(8, 12, 4, 12))
        self.panel = pn.Column(head, self._choice, self._missing, self._plot, sizing_mode="stretch_both", margin=0)
        self._which.param.watch(self._show, "value")
        self._plot.param.watch(self._clicked, "click_data")
        self._plot.param.watch(self._brushed, "selected_data")
        state.param.watch(self._show, ["errors", "stale", "tensor", "theme", "running"])
        state.param.watch(lambda *_: pn.state.execute(self._ask), ["results", "errors", "options"])
        self._show()
        pn.state.execute(self._ask)

    def _show(self, *_: Any) -> None:
        state, which = self._state, self._which.value
        found, stale = state.errors, "errors" in state.stale
        words = EMPTY if not found else OLD if stale else found["sentence"]
        self._note.object = tag("span", escape(words), "" if found and not stale else "faint")
        self._measure.visible = not found or stale
        self._measure.disabled = self._take.disabled = self._first.disabled = state.running
        self._choice.visible = which == "samples"
        self._hint.object = tag("span", escape(f"Drag over the dots, or write at most {self._samples['most']} numbers."), "faint")
        drawn, problem = self._drawn(which)
        self._missing.object = tag("p", escape(problem), "faint")
        self._missing.visible, self._plot.visible = bool(problem), drawn is not None
        if drawn is not None:
            self._plot.object = drawn

    def _drawn(self, which: str) -> tuple[Figure | None, str]:
        """The figure, or why there is none."""
        state, found = self._state, self._state.errors
        if which == "samples":
            return (samples_figure(self._samples, state.theme), "") if self._samples["rows"] else (None, "Run Evaluate to see the samples.")
        if not found:
            return None, ""
        if which in ("values", "bias"):
            tensor = found["tensors"].get(state.tensor)
            if tensor is None:
                return None, OTHER if state.tensor else CHOOSE
            threshold = next((row["threshold"] for row in state.rows if row["name"] == state.tensor), None)
            return (values_figure(tensor, threshold, state.theme) if which == "values" else bias_figure(tensor, state.theme)), ""
        self._steps = waterfall(found["rows"])
        if which == "waterfall":
            return waterfall_figure(self._steps, state.tensor, state.theme), ""
        return (depth_figure if which == "depth" else channels_figure)(found, state.tensor, state.theme), ""

    def _clicked(self, event: Any) -> None:
        place = (event.new or {}).get("points", [{}])[0].get("x")
        which, rows = self._which.value, self._state.errors.get("rows", ())
        if which not in ("depth", "waterfall", "channels") or not isinstance(place, int | float):
            return
        rows = self._steps if which == "waterfall" else rows
        if 0 <= place < len(rows) and (name := rows[int(place)]["name"]):
            pn.state.execute(functools.partial(self._state.select_tensor, name))

    def _brushed(self, event: Any) -> None:
        points = (event.new or {}).get("points") or []
        if self._which.value == "samples" and points:
            self._field.value = write_positions([int(point["x"]) for point in points][: self._samples["most"]])

    @shows_errors_of
    async def _ask(self) -> None:
        found = await self._state.workspace.ask(sample_rows)
        if found != self._samples:
            self._samples = found
            self._field.value = write_positions(found["chosen"])
            self._show()

    @shows_errors_of
    async def _chosen(self) -> None:
        await self._measure_on(read_positions(self._field.value))

    @shows_errors_of
    async def _usual(self) -> None:
        await self._measure_on(None)

    async def _measure_on(self, positions: tuple[int, ...] | None) -> None:
        await self._state.workspace.ask(choose, positions)
        await self._state.refresh()
        await self._state.run(*ANALYSES)
        await self._ask()
