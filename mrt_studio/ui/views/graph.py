"""The model's graph, in one of three stages, coloured by what one asks for."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.state import COLOURS, GRAPH_STAGES, PageState
from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.widgets.graph_view import GraphPane

EMPTY = {
    "load": ("No model yet", "Choose a model on the left, or open the demo."),
    "prepare": ("Not prepared yet", "Press Prepare to rewrite the model into operators that can be quantized."),
    "quantize": ("Not quantized yet", "Press Quantize to calibrate and see the integer graph."),
}


class GraphView:
    """The graph and its tools, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._has_demo = False
        self.pane = GraphPane(sizing_mode="stretch_both", min_height=200, margin=0)
        self._stages = kit.segmented(dict(GRAPH_STAGES), state.stage, margin=(0, 12, 0, 0))
        self._colour = kit.select("Colour by", {name.capitalize(): name for name in COLOURS}, state.colour, sizing_mode=None, width=160, margin=0)
        self._note = kit.markup(align="center", margin=(0, 8))
        self._count = kit.markup(align="center", sizing_mode=None, width=150, margin=0, css=":host { text-align: right; white-space: nowrap; }")
        self.tools = pn.Row(self._stages, self._colour, self._note, self._count, sizing_mode="stretch_width", margin=(0, 0, 8, 0))
        self._words = kit.markup(sizing_mode="stretch_width", css=":host { text-align: center; }")
        self._demo = kit.button("Open the demo", "rocket_launch", strong=True, visible=False, align="center", margin=(16, 0, 0, 0))
        self.empty = pn.Column(pn.layout.VSpacer(), self._words, self._demo, pn.layout.VSpacer(), sizing_mode="stretch_both")
        self.panel = pn.Column(self.tools, self.empty, self.pane, sizing_mode="stretch_both", margin=0)
        self._stages.param.watch(lambda event: pn.state.execute(functools.partial(state.show, event.new)), "value")
        self._colour.param.watch(lambda event: pn.state.execute(functools.partial(state.colour_by, event.new)), "value")
        self.pane.param.watch(self._picked, "selected")
        state.param.watch(self._show_graph, ["graph", "stage", "pipeline", "stale", "running"])
        state.param.watch(self._show_selected, ["selected", "graph"])
        for name in ("overlay", "marks", "theme"):
            state.param.watch(functools.partial(self._copy, name), name)
        self._show_graph()

    def on_demo(self, action: Any) -> None:
        """What the button of the empty page does."""
        self._demo.on_click(action)
        self._has_demo = True

    def _show_graph(self, *_: Any) -> None:
        state = self._state
        filled = bool(state.graph)
        self._stages.value = state.stage
        if self.pane.graph is not state.graph:
            self.pane.graph = state.graph
        self.pane.visible, self.empty.visible = filled, not filled
        title, advice = EMPTY[state.stage]
        has_model = bool(state.pipeline) and not state.pipeline[0]["problem"]
        self._demo.visible = self._has_demo and bool(state.pipeline) and not has_model and not state.running
        if state.stage == "load" and has_model:
            title, advice = "Not loaded yet", "Press Load to read the model."
        self._words.object = tag("h3", escape(title)) + tag("p", escape(advice), "faint")
        nodes = state.graph.get("nodes", ())
        self._count.object = tag("span", escape(f"{len(nodes):,} nodes"), "faint") if filled else ""
        self._note.object = tag("span", "Out of date", "faint") if "graph" in state.stale else ""

    def _show_selected(self, *_: Any) -> None:
        wanted = [self._state.selected] if self._state.selected else []
        if self.pane.selected[-1:] != wanted:
            self.pane.selected = wanted

    def _copy(self, name: str, event: Any) -> None:
        setattr(self.pane, name, event.new)

    def _picked(self, event: Any) -> None:
        name = event.new[-1] if event.new else ""
        if name != self._state.selected:
            pn.state.execute(functools.partial(self._state.select, name))
