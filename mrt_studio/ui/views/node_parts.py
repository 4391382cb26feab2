"""The inspector's sections as HTML; the data are those of `mrt_studio.session.node_report`."""

from __future__ import annotations

from typing import Any

from mrt_studio.ui.text import escape, facts, figure, table, tag
from mrt_studio.ui.views.histogram import histogram

Data = dict[str, Any]

CSS = """
.band { border-radius: 4px; padding: 0 6px; font-size: 12px; color: #fff; } .band.good { background: #2e7d4f; }
.band.fair { background: #8a6100; } .band.poor { background: #b3261e; }
svg .range { stroke: #3b82b5; } ol { margin: 0; padding: 0 0 0 18px; } li { margin: 0 0 4px; overflow-wrap: anywhere; } .weight + .weight { margin-top: 12px; }
"""
WIDTH, HEIGHT, FOOT = 290, 90, 14
"""Size of the drawing of channels in pixels, and the part of it below the axis."""


def about(details: Data) -> str:
    """Shape and attributes."""
    return facts([("shape", details["shape"]), *details["attributes"].items()])


def lineage(details: Data) -> str:
    """Which original nodes it was made from, and by which rule."""
    rule = [("By rule", details["rule"])] if details["origin"] else []
    return facts([("Made from", ", ".join(details["origin"])), *rule]) or tag("p", escape("It is as it was in the model's file."), "faint")


def bits(report: Data) -> str:
    """The chain of causes of its bits."""
    steps = [tag("li", tag("b", escape(step["name"])) + "<br>" + tag("span", escape(step["words"]), "faint")) for step in report["bits"]]
    room = 32 - report["bits"][0]["bits"]
    return tag("p", escape(f"{room} bits are left to INT32.")) + tag("ol", "".join(steps))


def weights(report: Data) -> str:
    """Histogram and range of each parameter."""
    return "".join(tag("div", _weight(found), "weight") for found in report["weights"])


def channels(report: Data, threshold: float | None) -> str:
    """The range of each run of channels as a line, with the threshold across."""
    found = report["channels"]
    low, high = min([*found["low"], 0.0]), max([*found["high"], 0.0])
    step, scale = WIDTH / len(found["runs"]), (HEIGHT - FOOT - 4) / ((high - low) or 1)

    def y(value: float) -> float:
        return 2 + (high - value) * scale

    width = max(1.0, 0.7 * step)
    lines = "".join(
        f'<line class="range" stroke-width="{width:.1f}" x1="{(i + 0.5) * step:.1f}" x2="{(i + 0.5) * step:.1f}" y1="{y(b):.1f}" y2="{y(a) + 0.5:.1f}"/>'
        for i, (a, b) in enumerate(zip(found["low"], found["high"], strict=True))
    )
    cuts = [cut for cut in (threshold, -threshold) if low <= cut <= high] if threshold else []
    across = "".join(f'<line class="threshold" x1="0" x2="{WIDTH}" y1="{y(cut):.1f}" y2="{y(cut):.1f}"/>' for cut in cuts)
    axis = f'<line class="axis" x1="0" x2="{WIDTH}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>'
    last = found["runs"][-1][1]
    ends = f'<text x="0" y="{HEIGHT - 2}">0</text><text x="{WIDTH}" y="{HEIGHT - 2}" text-anchor="end">{last}</text>'
    words = f"Ranges of {last + 1} channels, from {figure(low, 3)} to {figure(high, 3)}"
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">{axis}{lines}{across}{ends}</svg>' + tag("p", escape(words), "faint")


def errors(report: Data) -> str:
    """Each measure alone and in the whole model, with its band and what the bands mean."""
    head = "".join(tag("th", escape(cell)) for cell in ("", "Alone", "In the model", ""))
    lines = [tag("tr", "".join(tag("td", cell) for cell in _measure(row))) for row in report["errors"]]
    limits = "; ".join(f"{row['title']}: {row['limits']}" for row in report["errors"] if row["limits"])
    return tag("p", escape(report["verdict"])) + tag("table", tag("tr", head) + "".join(lines), "plain") + tag("p", escape(f"{limits}."), "faint")


def samples(report: Data) -> str:
    """The samples that reach furthest beyond the threshold."""
    rows = [(row["sample"], figure(row["largest"], 4), "" if row["ratio"] is None else f"{row['ratio']:.2f} x") for row in report["samples"]]
    return table(("Sample", "Largest", "Over threshold"), rows)


def _weight(found: Data) -> str:
    span = f"{figure(found['min'], 4)} to {figure(found['max'], 4)}"
    rows = [("shape", found["shape"]), ("range", span), ("threshold", figure(found["threshold"], 5)), ("beyond it", f"{100 * found['clipped']:.3g} %")]
    return tag("b", escape(found["name"])) + histogram(found, found["threshold"]) + facts(rows)


def _measure(row: Data) -> list[str]:
    band = tag("span", escape(row["band"]), f"band {row['band']}") if row["band"] else ""
    alone, whole = ("none" if row[key] is None else figure(row[key], 3) for key in ("isolated", "cumulative"))
    return [escape(row["title"]), escape(alone), escape(whole), band]
