"""The graph view for notebooks: of a model, a graph or a session, whose views follow each other.

view = GraphView(session, stage="prepare")
view.colour_by("threshold")
view.split_keys = ["relu5"]
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

from mrt_studio.errors import OptionError
from mrt_studio.session.graph_payload import payload_of
from mrt_studio.session.graphs import GRAPHS, counterparts
from mrt_studio.session.overlays.base import overlay_of
from mrt_studio.session.session import Session
from mrt_studio.session.splits import split_of
from mrt_studio.session.user_overlay import check_overlay, overlay_file
from mrt_studio.ui.widgets.graph_view import GraphWidget
from mrt_studio.ui.widgets.still import still

_views: weakref.WeakKeyDictionary[Session, weakref.WeakSet[GraphView]] = weakref.WeakKeyDictionary()


class GraphView(GraphWidget):  # type: ignore[misc, valid-type]
    """The graph of a model as an interactive drawing; its traits are those of `GraphWidget`."""

    def __init__(self, source: Any = None, *, stage: str = "", **traits: Any) -> None:
        """Show a `Model`, a `Graph` or the graph of a `Session`'s stage; without any, what the traits say.

        Raises:
            ArtifactError: the stage has not run.
            OptionError: the source has no graph.
        """
        if source is not None:
            traits = {"graph": payload_of(source, stage), **traits}
        super().__init__(**traits)
        self._session = source if isinstance(source, Session) else None
        self.stage = ""
        if self._session is not None:
            self.stage = stage or [name for name in GRAPHS if self._session.done(name)][-1]
            _views.setdefault(self._session, weakref.WeakSet()).add(self)
            self.observe(self._lead, "selected")
            self.observe(self._cut, "split_keys")

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The view, and beside it a list of the blocks for readers of the notebook that run no widgets."""
        data, metadata = super()._repr_mimebundle_(**options)
        return {**data, "text/html": still(self.graph)}, metadata

    def colour_by(self, what: str | dict[str, Any] | Path) -> None:
        """Colour the nodes by an overlay of the session, by its name, or by a dict of label and values, or a JSON file of one.

        Raises:
            OptionError, ArtifactError: there is no such overlay, or its stage has not run.
            FormatError: the dict or file is no overlay of this graph.
        """
        nodes = {node["id"] for node in self.graph.get("nodes", ())}
        if isinstance(what, str):
            self.overlay = overlay_of(self._known_session(), self.stage, what) if what else {}
        else:
            self.overlay = overlay_file(what, nodes) if isinstance(what, Path) else check_overlay(what, nodes)

    def _known_session(self) -> Session:
        if self._session is None:
            raise OptionError("Overlays by name need a session.", remedy="Give a dict of label and values, or show a session.")
        return self._session

    def _lead(self, change: Any) -> None:
        """Select in the session's other views what stands for this selection."""
        session = self._known_session()
        for view in _views[session]:
            if view is self or not (session.done(view.stage) and session.done(self.stage)):
                continue
            blocks = {block["id"] for block in view.graph.get("blocks", ())}
            found = [there for name in change.new for there in ([name] if name in blocks else counterparts(session, name, self.stage, view.stage))]
            wanted = list(dict.fromkeys(found))
            if view.selected != wanted:
                view.unobserve(view._lead, "selected")
                view.selected = wanted
                view.observe(view._lead, "selected")

    def _cut(self, change: Any) -> None:
        self.split = split_of(self._known_session(), change.new) if self.stage == "load" else {}
