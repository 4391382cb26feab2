"""What the notebook's boxes of widgets share: they follow a session until they are closed, and leave a still for readers without a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets


class FollowingBox(ipywidgets.VBox):
    """A column of widgets over a session; a subclass says what it shows of it."""

    def __init__(self, children: list[ipywidgets.Widget], **traits: Any) -> None:
        """Show these; nothing is followed yet."""
        self._stops: list[Callable[[], None]] = []
        super().__init__(children, **traits)

    def stop_with(self, stop: Callable[[], None]) -> None:
        """Call `stop` when the box is closed."""
        self._stops.append(stop)

    def close(self) -> None:
        """Stop following; it may be called again."""
        stops, self._stops = getattr(self, "_stops", []), []
        for stop in stops:
            stop()
        super().close()

    def still(self) -> str:
        """HTML that stands in for the widgets; a subclass writes it."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return with_still(super()._repr_mimebundle_(**options), self.still())


def with_still(bundle: Any, still: str) -> Any:
    """A widget's MIME bundle with HTML for those who cannot run it; anywidget adds metadata to it, ipywidgets does not."""
    if isinstance(bundle, tuple):
        data, metadata = bundle
        return {**data, "text/html": still}, metadata
    return {**bundle, "text/html": still}
