"""The histogram of a tensor with its threshold as two lines."""

from __future__ import annotations

from typing import Any

import panel as pn
import plotly.graph_objects as go

from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState

HEIGHT = 120
CONFIG = {"displayModeBar": False, "responsive": True}
LINE = {"light": "#c2185b", "dark": "#ff7eb6"}
INK = {"light": "#5b6570", "dark": "#a9b4c0"}


class Histogram:
    """A Plotly pane that follows the selected node."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self.panel = pn.Column(height=HEIGHT, sizing_mode="stretch_width", margin=(4, 0, 8, 0))
        state.param.watch(self._show, ["details", "rows", "theme"])

    def _show(self, event: Any, *_: Any) -> None:
        statistics = self._state.details.get("statistics")
        if statistics:
            row = next((row for row in self._state.rows if row["name"] == self._state.tensor), {})
            figure = draw(statistics, row.get("threshold"), self._state.theme)
            if event.name == "theme" or not self.panel:
                self.panel[:] = [pn.pane.Plotly(figure, height=HEIGHT, sizing_mode="stretch_width", margin=0, config=CONFIG)]
            else:
                self.panel[0].object = figure


def draw(statistics: dict[str, Any], threshold: float | None, theme: str) -> go.Figure:
    """Bars of counts on a logarithmic axis, and the threshold on both sides of zero."""
    centres = [edge + statistics["width"] / 2 for edge in statistics["edges"]]
    bars = go.Bar(x=centres, y=statistics["counts"], width=statistics["width"], marker={"color": kit.ACCENT[theme], "line": {"width": 0}})
    figure = go.Figure(bars)
    axis = {"color": INK[theme], "gridcolor": "rgba(128,128,128,0.2)", "zeroline": False, "fixedrange": True}
    figure.update_layout(
        height=HEIGHT, margin={"l": 36, "r": 6, "t": 4, "b": 22}, bargap=0, dragmode=False, showlegend=False, font={"size": 11, "family": "Roboto, sans-serif"}
    )
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", xaxis=axis, yaxis={**axis, "type": "log", "dtick": 2, "exponentformat": "power"}
    )
    for value in () if threshold is None else (-threshold, threshold):
        figure.add_vline(x=value, line={"color": LINE[theme], "width": 2})
    return figure
