"""The histogram of a tensor with its threshold, as a drawing in SVG that takes its colours from the page."""

from __future__ import annotations

import math
from typing import Any

from mrt_studio.ui.text import escape, figure

WIDTH, HEIGHT, FOOT = 310, 118, 18
"""Size in pixels, and the part of it that is below the axis."""


def histogram(statistics: dict[str, Any], threshold: float | None) -> str:
    """Bars on a logarithmic axis of counts, and lines where the threshold cuts off."""
    edges, width, counts = statistics["edges"], statistics["width"], statistics["counts"]
    if not counts:
        return ""
    cuts = [value for value in (-(threshold or 0), threshold or 0) if value > 0 or (value < 0 and edges[0] < 0)]
    low, high = min([edges[0], 0, *cuts]), max([edges[-1] + width, 0, *cuts])
    scale = (WIDTH - 2) / ((high - low) or 1)

    def x(value: float) -> float:
        return 1 + (value - low) * scale

    tallest = math.log1p(max(counts))
    foot = HEIGHT - FOOT
    bars = "".join(
        f"M{x(edge):.1f},{foot}v{-(foot - 4) * math.log1p(count) / tallest:.1f}h{max(width * scale, 0.8):.2f}V{foot}z"
        for edge, count in zip(edges, counts, strict=True)
        if count
    )
    lines = "".join(f'<line class="threshold" x1="{x(cut):.1f}" x2="{x(cut):.1f}" y1="0" y2="{foot}"/>' for cut in cuts)
    axis = f'<line class="axis" x1="0" x2="{WIDTH}" y1="{foot}" y2="{foot}"/>'
    words = f"Histogram from {figure(low, 3)} to {figure(high, 3)}, {len(counts)} bars, counts on a logarithmic scale"
    drawing = f'<path class="bars" d="{bars}"/>{axis}{lines}{_labels(low, high, x)}'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">{drawing}</svg>'


def _labels(low: float, high: float, x: Any) -> str:
    """The ends of the axis, and zero where there is room for it."""
    places = [(low, "start"), (high, "end")]
    if 40 < x(0) < WIDTH - 40:
        places.append((0, "middle"))
    return "".join(f'<text x="{x(value):.1f}" y="{HEIGHT - 4}" text-anchor="{anchor}">{escape(figure(value, 3))}</text>' for value, anchor in places)
