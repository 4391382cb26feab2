"""Figures of the precision ledger; the rows are those of `mrt_studio.session.precision.precision`."""

from __future__ import annotations

from typing import Any

from mrt_studio.ui.plots.base import LIMIT, SERIES, Figure, band, drawing, plain, titled
from mrt_studio.ui.text import figure, size

PARTS = {"input": "Input", "weight": "Weight", "accumulation": "Accumulation", "rest": "Bias and rest"}
_BARS: Figure = {"bargap": 0.15, "hovermode": "x"}


def bits_figure(found: dict[str, Any], selected: str, theme: str) -> Figure:
    """Bits of each node, stacked, with what its values can really need, against the limit."""
    rows = found["nodes"]
    places = list(range(len(rows)))
    bars = [_bar(places, [row[part] for row in rows], title, SERIES[theme][i]) for i, (part, title) in enumerate(PARTS.items())]
    bars[0] |= {"hovertext": [_hover(row) for row in rows], "hoverinfo": "text"}
    marker = {"symbol": "line-ew-open", "size": 7, "color": LIMIT[theme], "line": {"width": 2}}
    tight = {"type": "scatter", "mode": "markers", "name": "Tight", "x": places, "y": [row["tight"] for row in rows], "marker": marker, "hoverinfo": "skip"}
    limit = found["limit"]
    line = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": limit, "y1": limit, "line": {"color": LIMIT[theme], "width": 1, "dash": "dash"}}
    axis = titled("bits", range=[0, limit + 2], tickvals=[0, 8, 16, 24, 32])
    return drawing([*bars, tight], theme, barmode="stack", shapes=[line, *_picked(rows, selected, theme)], yaxis=axis, xaxis=_nodes(rows), **_BARS)


def histogram_figure(found: dict[str, Any], theme: str) -> Figure:
    """How many nodes have how many bits."""
    bits, counts = [list(column) for column in zip(*found["histogram"], strict=True)] if found["histogram"] else [[], []]
    words = [f"{count} node{'s' if count != 1 else ''} of {bit} bits" for bit, count in found["histogram"]]
    bars = {"type": "bar", "x": bits, "y": counts, "text": counts, "textposition": "outside", "cliponaxis": False, "marker": {"color": SERIES[theme][0]}}
    limit = found["limit"]
    return drawing(
        [bars | {"hovertext": words, "hoverinfo": "text"}],
        theme,
        xaxis=titled("bits", range=[0.5, limit + 0.5], tickvals=[*range(4, limit + 1, 4)]),
        yaxis=titled("nodes", rangemode="tozero"),
        margin={"l": 8, "r": 12, "t": 22, "b": 8},
    )


def cost_figure(found: dict[str, Any], selected: str, theme: str) -> Figure:
    """Gas of each node on the left, bytes of its output on the right."""
    rows = found["nodes"]
    places = list(range(len(rows)))
    gas = _bar(places, [row["gas"] for row in rows], "Gas", SERIES[theme][2]) | {"hoverinfo": "text"}
    memory = _bar(places, [row["bytes"] for row in rows], "Storage", SERIES[theme][1]) | {"hoverinfo": "text", "xaxis": "x2", "yaxis": "y2"}
    gas["hovertext"] = [f"<b>{plain(row['name'])}</b><br>{figure(row['gas'])} gas" for row in rows]
    memory["hovertext"] = [f"<b>{plain(row['name'])}</b><br>{size(row['bytes'])}" for row in rows]
    bands = _picked(rows, selected, theme)
    return drawing(
        [gas, memory],
        theme,
        shapes=[*bands, *({**shape, "xref": "x2"} for shape in bands)],
        xaxis={**_nodes(rows), "domain": [0, 0.46]},
        xaxis2={**_nodes(rows), "domain": [0.54, 1], "anchor": "y2"},
        yaxis=titled("gas", rangemode="tozero"),
        yaxis2=titled("bytes of the output", rangemode="tozero", anchor="x2"),
        showlegend=False,
        **_BARS,
    )


def _bar(x: list[int], y: list[int], name: str, colour: str) -> Figure:
    return {"type": "bar", "name": name, "x": x, "y": y, "marker": {"color": colour}, "hoverinfo": "skip"}


def _nodes(rows: list[dict[str, Any]]) -> Figure:
    """An axis of nodes in order; there are too many to name them all."""
    return titled("nodes in order", showticklabels=False, range=[-0.6, len(rows) - 0.4], showgrid=False)


def _picked(rows: list[dict[str, Any]], selected: str, theme: str) -> list[Figure]:
    return [band(place, theme) for place, row in enumerate(rows) if row["name"] == selected]


def _hover(row: dict[str, Any]) -> str:
    parts = " + ".join(f"{row[part]} {title.lower()}" for part, title in PARTS.items() if row[part])
    return (
        f"<b>{plain(row['name'])}</b> · {plain(row['op'])}<br>{row['bits']} bits: {parts}<br>"
        f"tight: {row['tight']} bits, |x| ≤ {row['tight_bound']:,}<br>head-room: {row['head_room']} bits"
    )
