"""The model's graph in one of its stages, coloured by what one asks for; beside it another stage, or the split keys."""

from __future__ import annotations

import functools
from typing import Any

import panel as pn

from mrt_studio.ui import kit
from mrt_studio.ui.netron import publish
from mrt_studio.ui.state import GRAPH_STAGES, PageState
from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.views.colour import Colour
from mrt_studio.ui.views.compare import Compare
from mrt_studio.ui.views.split import Split
from mrt_studio.ui.widgets.graph_view import GraphPane

EMPTY = {
    "load": ("No model yet", "Choose a model on the left, or open the demo."),
    "prepare": ("Not prepared yet", "Press Prepare to rewrite the model into operators that can be quantized."),
    "quantize": ("Not quantized yet", "Press Quantize to calibrate and see the integer graph."),
    "compile": ("Not compiled yet", "Press Compile to see the graph as the machine's files hold it."),
}


class GraphView:
    """The graph and its tools, which follow the state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._has_demo = False
        self.pane = GraphPane(sizing_mode="stretch_both", min_height=200, margin=0)
        self._stages = kit.segmented(dict(GRAPH_STAGES), state.stage, margin=(0, 12, 0, 0))
        self._colour = Colour(state)
        self._note = kit.markup(align="center", margin=(0, 4), css=":host { text-align: right; white-space: nowrap; overflow: hidden; }")
        self.compare, self.split = Compare(state, self.pane), Split(state, self.pane)
        self._netron = kit.icon_button("open_in_new", "Open in Netron", target="_blank", align="center")
        actions = (self.compare.button, self.split.button, self._netron)
        self.tools = pn.Row(self._stages, self._colour.choice, self._note, *actions, sizing_mode="stretch_width", margin=(0, 0, 8, 0))
        self._words = kit.markup(sizing_mode="stretch_width", css=":host { text-align: center; }")
        self._demo = kit.button("Open the demo", "rocket_launch", strong=True, visible=False, align="center", margin=(16, 0, 0, 0))
        self.empty = pn.Column(pn.layout.VSpacer(), self._words, self._demo, pn.layout.VSpacer(), sizing_mode="stretch_both")
        panes = pn.Row(self.empty, self.pane, self.compare.panel, self.split.panel, sizing_mode="stretch_both", margin=0)
        self.panel = pn.Column(self.tools, self._colour.strip, self.compare.strip, panes, sizing_mode="stretch_both", margin=0)
        self._stages.param.watch(lambda event: pn.state.execute(functools.partial(state.show, event.new)), "value")
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
        stale = "graph" in state.stale
        self._note.object = tag("span", escape("Out of date"), "faint") if filled and stale else ""
        self._netron.param.update(href=publish(state.workspace, state.stage) if filled and not stale else None, disabled=not filled or stale)

    def _show_selected(self, *_: Any) -> None:
        wanted = [self._state.selected] if self._state.selected else []
        if self._nodes(self.pane.selected)[-1:] != wanted:
            self.pane.selected = wanted

    def _copy(self, name: str, event: Any) -> None:
        setattr(self.pane, name, event.new)

    def _picked(self, event: Any) -> None:
        name = (self._nodes(event.new) or [""])[-1]
        if name != self._state.selected:
            pn.state.execute(functools.partial(self._state.select, name))

    def _nodes(self, selected: list[str]) -> list[str]:
        """The selection without blocks, which are the drawing's own affair."""
        blocks = {block["id"] for block in self.pane.graph.get("blocks", ())}
        return [name for name in selected if name not in blocks]
