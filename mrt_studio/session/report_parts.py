"""The parts of the HTML report: tables, figures and plots as inline SVG; all text is escaped here."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

WIDTH, HEIGHT, LEFT, BOTTOM = 960, 200, 44, 18


def section(title: str, *parts: str) -> str:
    """A part of the report with a heading; nothing where there is nothing to show."""
    content = "".join(parts)
    return f"<section><h2>{html.escape(title)}</h2>{content}</section>" if content else ""


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{html.escape(text)}</p>"


def figures(values: Mapping[str, Any]) -> str:
    """Names with their values, large."""
    shown = "".join(f"<div><b>{_text(value)}</b><span>{html.escape(name)}</span></div>" for name, value in values.items() if value not in (None, ""))
    return f'<div class="figures">{shown}</div>' if shown else ""


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], most: int | None = None) -> str:
    """Some columns (key -> heading) of some rows; says how many are left out."""
    if not rows:
        return ""
    head = "".join(f"<th scope='col'>{html.escape(title)}</th>" for title in columns.values())
    body = "".join("<tr>" + "".join(_cell(row.get(key)) for key in columns) + "</tr>" for row in rows[:most])
    more = paragraph(f"{len(rows) - most} more are left out.") if most is not None and len(rows) > most else ""
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}"


def bars(values: Sequence[tuple[str, float]], limit: float, label: str) -> str:
    """A bar for each name, against a limit that is drawn as a line."""
    if not values:
        return ""
    step = (WIDTH - LEFT) / len(values)
    shapes = [
        f"<rect x='{LEFT + i * step:.2f}' y='{_at(value, 0, limit):.2f}' width='{max(step - 0.6, 0.6):.2f}' "
        f"height='{HEIGHT - BOTTOM - _at(value, 0, limit):.2f}'><title>{html.escape(name)}: {_text(value)}</title></rect>"
        for i, (name, value) in enumerate(values)
    ]
    return _plot("".join(shapes) + _line(limit, 0, limit), (0, limit), label)


def curve(values: Sequence[tuple[str, float | None]], label: str) -> str:
    """A point for each name that has a number, joined by a line."""
    known = [(i, name, value) for i, (name, value) in enumerate(values) if value is not None and math.isfinite(value)]
    if not known:
        return ""
    low, high = min(0.0, *(value for _, _, value in known)), max(value for _, _, value in known) or 1.0
    step = (WIDTH - LEFT) / max(len(values) - 1, 1)
    places = [(LEFT + i * step, _at(value, low, high), name, value) for i, name, value in known]
    path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y, _, _ in places)
    points = "".join(f"<circle cx='{x:.2f}' cy='{y:.2f}' r='2.5'><title>{html.escape(name)}: {_text(value)}</title></circle>" for x, y, name, value in places)
    return _plot(f"<path d='{path}'/>{points}", (low, high), label)


def _plot(shapes: str, ends: tuple[float, float], label: str) -> str:
    low, high = ends
    words = "".join(f"<text x='{LEFT - 6}' y='{_at(v, low, high) + 4:.2f}' text-anchor='end'>{_text(v)}</text>" for v in (low, high))
    base = _line(low, low, high)
    name = html.escape(label)
    return (
        f"<figure><svg viewBox='0 -8 {WIDTH} {HEIGHT + 8}' role='img' aria-label='{name}'>{base}{words}{shapes}</svg><figcaption>{name}</figcaption></figure>"
    )


def _line(value: float, low: float, high: float) -> str:
    y = _at(value, low, high)
    return f"<line x1='{LEFT}' x2='{WIDTH}' y1='{y:.2f}' y2='{y:.2f}'/>"


def _at(value: float, low: float, high: float) -> float:
    """The height at which a value is drawn."""
    return (HEIGHT - BOTTOM) * (1 - (min(value, high) - low) / ((high - low) or 1.0))


def _cell(value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"<td class='number'>{_text(value)}</td>" if number else f"<td>{_text(value)}</td>"


def _text(value: Any) -> str:
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case int():
            text = f"{value:,}"
        case float():
            text = f"{value:.5g}"
        case list() | tuple():
            text = ", ".join(map(_text, cast("list[Any]", value)))
        case dict():
            text = ", ".join(f"{html.escape(str(k))} {_text(v)}" for k, v in cast("dict[str, Any]", value).items())
        case _:
            text = html.escape(str(value))
    return text
