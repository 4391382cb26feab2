"""What happened, as it happens; text only."""

from __future__ import annotations

from typing import Any

import panel as pn

from mrt_studio.session.events import Event
from mrt_studio.ui import kit
from mrt_studio.ui.state import PageState
from mrt_studio.ui.text import duration, escape, region, tag

SHOWN = 500
EMPTY = "Nothing has run since the server started. Press a stage above: what it says is kept here."
CSS = """
:host > div { height: 100%; overflow: auto; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12px; line-height: 1.5; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def log_view(state: PageState) -> pn.viewable.Viewable:
    """The tab of the log."""
    pane = kit.markup(css=CSS, sizing_mode="stretch_both", margin=(8, 12))

    def show(*_: Any) -> None:
        lines = [line(event) for event in tuple(state.workspace.log)[-SHOWN:] if event.kind != "started"]
        pane.object = region("Log", tag("pre", escape("\n".join(lines)))) if lines else tag("p", escape(EMPTY), "faint")

    state.param.watch(show, "log_length")
    show()
    return pane


def line(event: Event) -> str:
    """An event as one or more lines."""
    stage = f"{event.stage:<10}"
    if event.kind == "finished":
        return f"{stage} done in {duration(event.seconds)}"
    if event.kind == "ended":
        return f"{'job':<10} {event.message}"
    if event.kind == "failed":
        parts = [event.error.get(key, "") for key in ("what", "where", "why", "remedy")]
        return f"{stage} failed: {' '.join(part for part in parts if part)}"
    return f"{stage} {event.message}"
