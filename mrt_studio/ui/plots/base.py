"""What all figures share: colours and lettering of both themes, the toolbar, and text that stays text.

A figure is a dict of `data` and `layout`, as Plotly's own JSON is, so the app and the notebook widgets take the same one.
Plotly reads some HTML in labels: every text from a model goes through `plain`.
"""

from __future__ import annotations

import html
from typing import Any

Figure = dict[str, Any]

INK = {"light": "#3a4650", "dark": "#c5ced6"}
GRID = {"light": "#e4e8ec", "dark": "#313a43"}
PAPER = {"light": "#ffffff", "dark": "#1b2026"}
LIMIT = {"light": "#c2255c", "dark": "#ff8fb1"}
"""Colour of limits and thresholds."""
PICKED = {"light": "rgba(31, 95, 139, .16)", "dark": "rgba(108, 182, 228, .22)"}
"""Behind what is selected."""
SERIES = {"light": ("#2f78b3", "#1f9d94", "#d9822b", "#9467bd"), "dark": ("#5aa9e0", "#4fc3b8", "#f0a653", "#b794dc")}
CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "svg", "filename": "mrt-studio"},
}
FONT = "Roboto, system-ui, sans-serif"


def plain(text: Any) -> str:
    """Text as Plotly shows it letter by letter."""
    return html.escape(str(text), quote=False)


def drawing(data: list[Figure], theme: str, **layout: Any) -> Figure:
    """A figure in the colours of the theme; `layout` is laid over the common one."""
    axis = {"gridcolor": GRID[theme], "zerolinecolor": GRID[theme], "linecolor": GRID[theme], "automargin": True, "ticks": "", "title": {"standoff": 6}}
    common = {
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": INK[theme]},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "hoverlabel": {"align": "left", "bgcolor": PAPER[theme], "bordercolor": GRID[theme], "font": {"family": FONT, "size": 12, "color": INK[theme]}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": INK[theme], "activecolor": LIMIT[theme]},
        "dragmode": "zoom",
        "autosize": True,
    }
    for name in ("xaxis", "yaxis", *(key for key in layout if key.startswith(("xaxis", "yaxis")))):
        layout[name] = {**axis, **layout.get(name, {})}
    return {"data": data, "layout": {**common, **layout}}


def titled(text: str, **more: Any) -> Figure:
    """An axis with a title."""
    return {"title": {"text": text, "standoff": 6}, **more}


def band(place: int, theme: str) -> Figure:
    """A vertical band behind one place of an axis of nodes."""
    return {
        "type": "rect",
        "x0": place - 0.5,
        "x1": place + 0.5,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": PICKED[theme],
    }
