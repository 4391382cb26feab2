"""The graph view for notebooks: of a model, a graph or a session, whose views follow each other.

view = GraphView(session, stage="prepare")
view.colour_by("threshold")
view.split_keys = ["relu5"]
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any, Protocol

from mrt_studio.errors import OptionError
from mrt_studio.session.graph_payload import payload_of
from mrt_studio.session.graphs import GRAPHS, counterparts
from mrt_studio.session.overlays.base import overlay_of
from mrt_studio.session.session import Session
from mrt_studio.session.splits import split_of
from mrt_studio.session.user_overlay import check_overlay, overlay_file
from mrt_studio.ui.widgets.boxes import with_still
from mrt_studio.ui.widgets.graph_view import GraphWidget
from mrt_studio.ui.widgets.still import still

_views: weakref.WeakKeyDictionary[Session, weakref.WeakSet[GraphView]] = weakref.WeakKeyDictionary()
_followers: weakref.WeakKeyDictionary[Session, weakref.WeakSet[Follower]] = weakref.WeakKeyDictionary()


class Follower(Protocol):
    """Another widget of a session that shows what is selected."""

    def follow(self, stage: str, names: list[str]) -> None:
        """These nodes of a stage's graph are selected now."""
        ...


def follow_selection(session: Session, follower: Follower) -> None:
    """Tell `follower` what is selected in the session's views, as long as it is there."""
    _followers.setdefault(session, weakref.WeakSet()).add(follower)


def select_in_views(session: Session, stage: str, names: list[str], but: object = None) -> None:
    """Select in the session's views what stands for nodes of a stage's graph, and tell the followers; `but` knows already."""
    for view in _views.get(session, ()):
        if view is not but and session.done(view.stage) and session.done(stage):
            view.show_selected(stage, names)
    for follower in _followers.get(session, ()):
        if follower is not but:
            follower.follow(stage, names)


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
        return with_still(super()._repr_mimebundle_(**options), still(self.graph))

    def show(self, stage: str) -> None:
        """Show the graph of a stage of the session as it is now; what is selected goes along.

        Raises:
            OptionError: the view is not that of a session.
            ArtifactError: the stage has not run, or has no graph.
        """
        session, before = self._known_session(), self.stage
        nodes = {node["id"] for node in self.graph["nodes"]} if session.done(before) else set()
        names = [name for name in self.selected if name in nodes]
        graph, self.stage = payload_of(session, stage), stage
        with self.hold_trait_notifications():
            self.graph, self.overlay, self.split = graph, {}, {}
        self.show_selected(before, names)

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
        select_in_views(self._known_session(), self.stage, change.new, self)

    def show_selected(self, stage: str, names: list[str]) -> None:
        """Select what stands for nodes of a stage's graph, and tell no other view."""
        session = self._known_session()
        blocks = {block["id"] for block in self.graph.get("blocks", ())}
        found = [there for name in names for there in ([name] if name in blocks else counterparts(session, name, stage, self.stage))]
        wanted = list(dict.fromkeys(found))
        if self.selected != wanted:
            self.unobserve(self._lead, "selected")
            self.selected = wanted
            self.observe(self._lead, "selected")

    def _cut(self, change: Any) -> None:
        self.split = split_of(self._known_session(), change.new) if self.stage == "load" else {}
