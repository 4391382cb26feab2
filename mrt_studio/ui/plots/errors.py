"""Figures of the error profile; the rows are those of `mrt_studio.session.profile`."""

from __future__ import annotations

import re
from typing import Any

from mrt_studio.ui.plots.base import GRID, INK, LIMIT, SERIES, Figure, band, drawing, plain, titled
from mrt_studio.ui.text import figure

Data = dict[str, Any]

LINES = {"isolated": "Alone", "cumulative": "In the whole model", "effect": "Only this node, at the output"}
HIGHEST = 100
"""Decibels beyond which an error is of no interest, and would flatten the others."""
LONGEST, MOST_LINES = 10, 4
"""Letters of a line of a name on an axis, and its lines."""


def depth_figure(found: Data, selected: str, theme: str) -> Figure:
    """The three signal-to-noise ratios of each node along the depth, with the limits of good and fair."""
    rows = found["rows"]
    places = list(range(len(rows)))
    lines = [
        {"type": "scatter", "mode": "lines+markers", "name": title, "x": places, "y": [row[key] for row in rows], "connectgaps": True}
        | {"line": {"width": 1.5, "color": SERIES[theme][i]}, "marker": {"size": 5, "color": SERIES[theme][i]}, "hoverinfo": "skip"}
        for i, (key, title) in enumerate(LINES.items())
    ]
    lines[1] |= {"hovertext": [_ratios(row) for row in rows], "hoverinfo": "text"}
    limits = [_across(limit, theme) for limit in found["limits"]]
    words = [{"x": 1, "xref": "paper", "xanchor": "right", "y": y, "yanchor": a, "text": t, "showarrow": False} for y, t, a in _named(found["limits"])]
    shapes = [*limits, *_picked(rows, selected, theme)]
    axis = titled("SQNR (dB)", rangemode="tozero", autorangeoptions={"clipmax": HIGHEST})
    return drawing(lines, theme, shapes=shapes, annotations=words, hovermode="x", xaxis=_nodes(len(rows)), yaxis=axis)


def waterfall_figure(steps: list[Data], selected: str, theme: str) -> Figure:
    """Which nodes the output's error comes from, adding up to all of it."""
    places = list(range(len(steps)))
    bars = {
        "type": "waterfall",
        "x": places,
        "y": [100 * step["share"] for step in steps],
        "text": [f"{100 * step['share']:.1f}" for step in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"<b>{plain(_title(step))}</b><br>{plain(step['op'])}<br>{100 * step['share']:.2f} % of the error" for step in steps],
        "hoverinfo": "text",
        "connector": {"line": {"color": INK[theme], "width": 0.5}},
        "increasing": {"marker": {"color": SERIES[theme][2]}},
        "decreasing": {"marker": {"color": SERIES[theme][1]}},
    }
    names = {"tickvals": places, "ticktext": [_lines(_title(step)) for step in steps], "tickangle": 0, "range": [-0.6, len(steps) - 0.4], "showgrid": False}
    axis = titled("% of the output's error", ticksuffix=" ", rangemode="tozero")
    top = {"l": 8, "r": 12, "t": 24, "b": 8}
    return drawing([bars], theme, shapes=_picked(steps, selected, theme), xaxis={**names, "title": {"text": ""}}, yaxis=axis, margin=top, hovermode="x")


def channels_figure(found: Data, selected: str, theme: str) -> Figure:
    """Signal to noise of each run of channels of each node; few channels are drawn as high as many."""
    rows = [row for row in found["rows"] if row["name"] in found["tensors"]]
    tensors = [found["tensors"][row["name"]] for row in rows]
    height = max((len(tensor["runs"]) for tensor in tensors), default=0)
    places = [[i * len(tensor["runs"]) // height for tensor in tensors] for i in range(height)]
    z = [[tensor["sqnr"][at] for tensor, at in zip(tensors, line, strict=True)] for line in places]
    text = [[_channel(row, tensor, at) for row, tensor, at in zip(rows, tensors, line, strict=True)] for line in places]
    bar = {"title": {"text": "dB"}, "thickness": 10, "outlinewidth": 0}
    heat = {"type": "heatmap", "z": z, "text": text, "hoverinfo": "text", "zmin": 0, "zmax": 60, "colorscale": "Viridis", "colorbar": bar, "hoverongaps": False}
    shapes = _picked(rows, selected, theme)
    outline = [{**shape, "layer": "above", "fillcolor": "rgba(0,0,0,0)", "line": {"width": 1.5, "color": LIMIT[theme]}} for shape in shapes]
    axis = titled("channels", showticklabels=False, autorange="reversed", showgrid=False)
    return drawing([heat], theme, shapes=outline, xaxis=_nodes(len(rows)), yaxis=axis)


def values_figure(tensor: Data, threshold: float | None, theme: str) -> Figure:
    """Values of a tensor in the float model against those in the machine; without errors all lie on the line."""
    real, found = tensor["points"]
    low, high = min([*real, *found], default=0), max([*real, *found], default=1)
    dots = {"type": "scatter", "mode": "markers", "x": real, "y": found, "marker": {"size": 4, "opacity": 0.55, "color": SERIES[theme][0]}}
    diagonal = {"type": "line", "x0": low, "y0": low, "x1": high, "y1": high, "line": {"color": INK[theme], "width": 1, "dash": "dot"}}
    cuts = [c for c in (-threshold, threshold) if low <= c <= high] if threshold else []
    lines = [{"type": "line", "x0": c, "x1": c, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": LIMIT[theme], "width": 1.5, "dash": "dash"}} for c in cuts]
    return drawing([dots], theme, shapes=[diagonal, *lines], xaxis=titled("float model"), yaxis=titled("machine"), hovermode="closest")


def bias_figure(tensor: Data, theme: str) -> Figure:
    """The mean error of each run of channels of a tensor."""
    bars = {"type": "bar", "y": tensor["bias"], "marker": {"color": SERIES[theme][3]}, "hoverinfo": "text"}
    bars["hovertext"] = [f"channel {_channels(tensor, i)}<br>mean error {figure(value, 3)}" for i, value in enumerate(tensor["bias"])]
    words = f"channels; the values' own standard deviation is {figure(tensor['std'], 3)}"
    axis = titled("mean error", zeroline=True, zerolinecolor=INK[theme])
    return drawing([bars], theme, xaxis=titled(words, showticklabels=False), yaxis=axis, bargap=0.15, hovermode="x")


def samples_figure(found: Data, theme: str) -> Figure:
    """Signal to noise of each sample's outputs; those that errors are measured on are filled."""
    rows, picked = found["rows"], set(found["chosen"])
    colours = [SERIES[theme][2] if row["position"] in picked else GRID[theme] for row in rows]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [row["position"] for row in rows],
        "y": [row["sqnr"] for row in rows],
        "marker": {"size": 9, "color": colours, "line": {"width": 1.5, "color": SERIES[theme][2]}},
        "hovertext": [f"<b>{plain(row['name'])}</b><br>sample {row['position']}<br>{figure(row['sqnr'], 3)} dB" for row in rows],
        "hoverinfo": "text",
    }
    return drawing(
        [dots],
        theme,
        dragmode="select",
        selectdirection="h",
        xaxis=titled("sample, and the SQNR of its outputs"),
        yaxis=titled("SQNR (dB)"),
        hovermode="closest",
    )


def _ratios(row: Data) -> str:
    lines = [f"{title}: {'no error' if row[key] is None else f'{row[key]:.1f} dB'}" for key, title in LINES.items()]
    return "<br>".join([f"<b>{plain(_title(row))}</b> · {plain(row['op'])}", *lines, f"{100 * row['share']:.1f} % of the output's error"])


def _channel(row: Data, tensor: Data, i: int) -> str:
    value = tensor["sqnr"][i]
    return f"<b>{plain(row['name'])}</b><br>channel {_channels(tensor, i)}<br>{'no signal' if value is None else f'{value:.1f} dB'}"


def _channels(tensor: Data, i: int) -> str:
    first, last = tensor["runs"][i]
    return str(first) if first == last else f"{first} to {last}"


def _title(row: Data) -> str:
    return row["name"] or row["op"]


def _lines(name: str) -> str:
    """A name on few short lines, broken behind underscores and the like: beginnings tell nodes apart, and ends say what they are."""
    lines = [""]
    for part in re.split(r"(?<=[_./])", name):
        if lines[-1] and len(lines[-1] + part) > LONGEST:
            lines.append("")
        lines[-1] += part
    shown = lines if len(lines) <= MOST_LINES else [lines[0], "…", *lines[2 - MOST_LINES :]]
    return "<br>".join(plain(line if len(line) <= LONGEST else f"{line[: LONGEST - 4]}…{line[-3:]}") for line in shown)


def _nodes(count: int) -> Figure:
    return titled("nodes in order", showticklabels=False, range=[-0.6, count - 0.4], showgrid=False)


def _picked(rows: list[Data], selected: str, theme: str) -> list[Figure]:
    return [band(place, theme) for place, row in enumerate(rows) if selected and row["name"] == selected]


def _across(y: float, theme: str) -> Figure:
    return {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": y, "y1": y, "line": {"color": INK[theme], "width": 1, "dash": "dot"}}


def _named(limits: list[float]) -> list[tuple[float, str, str]]:
    return list(zip(limits, ("good from here", "fair from here"), ("bottom", "top"), strict=True))
