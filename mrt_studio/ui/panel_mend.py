"""What Panel 1.9 and Bokeh do that a page of the studio cannot live with, set right for the servers of this process."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import panel.io.document
import panel.reactive
from bokeh.document import Document
from bokeh.document.events import DocumentChangedEvent, DocumentPatchedEvent, MessageSentEvent
from bokeh.server.views.ws import WSHandler
from bokeh.util.warnings import BokehUserWarning

OWN_FILES = "static/extensions/panel/"


def mend() -> None:
    """Adapt the classes; once is enough for a process."""
    # A part that changes while no page shows it would take its style sheets from another host.
    panel.reactive.CDN_DIST = OWN_FILES
    # The theme lays its style over a new table and the browser sends the whole list back, with sheets that the server knows.
    warnings.filterwarnings("ignore", "reference already known", BokehUserWarning)
    _answer_quickly()
    _keep_changes()


def _answer_quickly() -> None:
    """Bokeh sends several frames a message: waiting for acknowledgements costs 40 ms each."""
    opened = WSHandler.open

    def open_quickly(self: Any, *arguments: Any, **more: Any) -> Any:
        self.set_nodelay(True)
        return opened(self, *arguments, **more)

    WSHandler.open = open_quickly


def _keep_changes() -> None:
    """Send what changes while a page is drawn for the first time.

    Panel drops it, because a page that comes gets the whole document; but it takes a page to have come only when it has been
    drawn, and by then the page has had its document for long.
    """
    drained = panel.io.document._drain_unconnected_events

    def drain(doc: Document, lock: threading.Lock) -> list[DocumentChangedEvent]:
        held = list(doc.callbacks._held_events or ())
        dispatched = {id(event) for event in drained(doc, lock)}
        session = getattr(doc.session_context, "session", None)
        has_page = bool(session and session._subscribed_connections)
        return [event for event in held if id(event) in dispatched or (has_page and _is_change(event))]

    panel.io.document._drain_unconnected_events = drain


def _is_change(event: DocumentChangedEvent) -> bool:
    return isinstance(event, DocumentPatchedEvent) and not isinstance(event, MessageSentEvent)
