"""Text for people: numbers, and HTML in which nothing but our own tags is markup.

Names in a model are chosen by whoever made it, so every HTML pane of the app gets its content from here.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from mrt_studio.errors import StudioError


def escape(text: Any) -> str:
    """Text as HTML that shows it as it is."""
    return html.escape(str(text), quote=True)


def tag(name: str, content: str, css: str = "") -> str:
    """An element around HTML that is already escaped."""
    return f'<{name} class="{escape(css)}">{content}</{name}>' if css else f"<{name}>{content}</{name}>"


def region(label: str, content: str) -> str:
    """HTML that the keyboard can reach, so that the arrow keys scroll what it is in; `label` names it for screen readers."""
    return f'<div role="region" aria-label="{escape(label)}" tabindex="0">{content}</div>'


def facts(rows: Iterable[tuple[str, Any]]) -> str:
    """A list of names and values; empty values are left out."""
    shown = [(name, value) for name, value in rows if value not in (None, "")]
    return tag("dl", "".join(tag("dt", escape(name)) + tag("dd", escape(value)) for name, value in shown), "facts") if shown else ""


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A plain table; cells are text."""
    top = tag("tr", "".join(tag("th", escape(cell)) for cell in head))
    return tag("table", top + "".join(tag("tr", "".join(tag("td", escape(cell)) for cell in row)) for row in rows), "plain")


def error_html(error: StudioError) -> str:
    """The four parts of an error."""
    parts = [("Where", error.where), ("Why", error.why), ("Remedy", error.remedy)]
    return tag("div", escape(error.what), "what") + facts(parts)


def figure(value: Any, digits: int = 5) -> str:
    """A number with so many significant digits, without needless zeros; a hyphen for None."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}"


def size(count: int) -> str:
    """A number of bytes."""
    value, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{count:,} bytes" if unit == "bytes" else f"{value:.3g} {unit}"


def duration(seconds: float) -> str:
    """Seconds, short enough for a button."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds >= 0.05 else "< 0.1 s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def roughly(seconds: float) -> str:
    """Seconds that are only guessed: whole ones, or minutes."""
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{round(seconds / 60)} min"
