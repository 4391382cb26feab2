"""The runs as dots, error against cost, with the front of those that no other beats."""

from __future__ import annotations

from typing import Any

from mrt_studio.ui.plots.base import LIMIT, SERIES, Figure, drawing, plain, titled

COSTS = {"gas": "Gas", "storage": "Storage of the parameters (bytes)"}


def pareto_figure(dots: list[dict[str, Any]], cost: str, theme: str) -> Figure:
    """SQNR against a cost; a dot's `customdata` is its run's number.

    Args:
        dots: what `session.run_front.dots` gives.
        cost: ``gas`` or ``storage``.
        theme: ``light`` or ``dark``.
    """
    front = [dot for dot in dots if dot["front"]]
    line: Figure = {"x": [dot["cost"] for dot in front], "y": [dot["sqnr"] for dot in front], "mode": "lines", "hoverinfo": "skip"}
    line["line"] = {"color": SERIES[theme][0], "width": 1, "dash": "dot"}
    marks: Figure = {
        "x": [dot["cost"] for dot in dots],
        "y": [dot["sqnr"] for dot in dots],
        "mode": "markers+text",
        "text": [plain(_label(dots, dot)) for dot in dots],
        "cliponaxis": False,
        "textposition": "top center",
        "customdata": [dot["number"] for dot in dots],
        "marker": {
            "size": [13 if dot["current"] else 10 for dot in dots],
            "color": [SERIES[theme][0] if dot["front"] else "rgba(0,0,0,0)" for dot in dots],
            "line": {"width": 2, "color": [LIMIT[theme] if dot["current"] else SERIES[theme][0] for dot in dots]},
        },
        "hovertemplate": "%{text}<br>SQNR %{y:.2f} dB<br>%{x:,}<br>Click to reopen<extra></extra>",
    }
    data = [{"type": "scatter", "showlegend": False, **line}, {"type": "scatter", "showlegend": False, **marks}]
    return drawing(data, theme, xaxis=titled(COSTS[cost]), yaxis=titled("SQNR (dB)"), hovermode="closest", margin={"l": 8, "r": 24, "t": 24, "b": 8})


def _label(dots: list[dict[str, Any]], dot: dict[str, Any]) -> str:
    """The titles of all runs at one place, at the first of them."""
    there = [other["title"] for other in dots if (other["cost"], other["sqnr"]) == (dot["cost"], dot["sqnr"])]
    return ", ".join(there) if there[0] == dot["title"] else ""
