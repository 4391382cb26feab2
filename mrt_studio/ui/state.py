"""What one page shows and does: the views watch its parameters and call its methods."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import panel as pn
import param

from mrt_studio.errors import ArtifactError, StudioError
from mrt_studio.session.analysis import target_key
from mrt_studio.session.events import Event
from mrt_studio.session.graphs import GRAPHS
from mrt_studio.session.model_source import open_model
from mrt_studio.session.overlays.base import overlays
from mrt_studio.session.presets import apply_preset
from mrt_studio.session.session import Session
from mrt_studio.session.user_overlay import stage_overlay
from mrt_studio.session.verdict import verdict
from mrt_studio.ui.look import OWN, Asked, follow, look, look_at
from mrt_studio.ui.workspace import News, Workspace

GRAPH_STAGES = {title.capitalize(): stage for stage, title in GRAPHS.items()}
COLOURS = {"Kind of operator": "", **{chosen.label[:1].upper() + chosen.label[1:]: name for name, chosen in overlays.items()}}
"""What colours the nodes: the colours of kinds, or an overlay."""
EVENT_SECONDS = 0.1
"""Events of a job reach the page at most this often."""
SELECTION = ("selected", "tensor", "details")
"""What changes with the selected node."""

Action = Callable[..., Awaitable[None]]


def shows_errors(action: Action) -> Action:
    """Show a StudioError of an action in the page instead of raising it."""

    @functools.wraps(action)
    async def guarded(self: PageState, *arguments: Any) -> None:
        try:
            await action(self, *arguments)
        except StudioError as error:
            self.error = error

    return guarded


def shows_errors_of(action: Action) -> Action:
    """The same for an action of a view, which keeps the state in `_state`."""

    @functools.wraps(action)
    async def guarded(self: Any, *arguments: Any) -> None:
        try:
            await action(self, *arguments)
        except StudioError as error:
            self._state.error = error

    return guarded


class PageState(param.Parameterized):
    """The page's side of a workspace. All methods run on the event loop."""

    stage = param.Selector(default="load", objects=list(GRAPH_STAGES.values()), doc="Whose graph is shown.")
    colour = param.Selector(default="", objects=[*COLOURS.values(), OWN], doc="The overlay that colours the nodes; empty for the kinds.")
    own = param.Dict({}, doc="The overlay that a person brought, and the stage whose nodes it is about.")
    selected = param.String(doc="The selected node of the graph.")
    tensor = param.String(doc="The tensor of the prepared model that it belongs to.")
    details = param.Dict({}, doc="All that is known of the selected node.")
    pipeline = param.List([], doc="The stages' states.")
    graph = param.Dict({}, doc="Nodes and edges of the shown graph.")
    overlay = param.Dict({}, doc="Numbers that colour the nodes.")
    colour_note = param.String(doc="Why the chosen overlay cannot be shown.")
    to_measure = param.String(doc="The analysis that it needs.")
    marks = param.Dict({}, doc="Nodes with thresholds set by hand.")
    rows = param.List([], doc="The table of tensors.")
    edited = param.Dict({}, doc="Thresholds set by hand.")
    pending = param.Parameter(None, doc="What was edited since the last quantization.")
    results = param.Dict({}, doc="Float against integer results.")
    artifact = param.Dict({}, doc="The compiled files.")
    precision = param.Dict({}, doc="The ledger of the integer graph.")
    errors = param.Dict({}, doc="Where the integer model's error comes from.")
    path = param.List([], doc="Nodes of the shown graph that are selected together with the selected one.")
    check = param.Dict({}, doc="Which operators of the model cannot become integers; empty while nobody knows.")
    comparing = param.Boolean(False, doc="Whether another stage is shown beside the graph.")
    splitting = param.Boolean(False, doc="Whether split keys are being chosen on the graph.")
    stale = param.Parameter(frozenset[str](), doc="Parts that are shown but out of date.")
    options = param.Integer(0, doc="Counts changes of options.")
    log_length = param.Integer(0, doc="Counts lines of the log.")
    running = param.Boolean(False, doc="Whether a job is running.")
    progress = param.Parameter(None, doc="The running job's last event.")
    error = param.Parameter(None, doc="The last StudioError, until it is dismissed.")
    tab = param.String("Tensors", doc="The open tab of the panel below.")
    theme = param.Selector(default="light", objects=["light", "dark"])

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self._keys: dict[str, tuple[str, ...]] = {}
        self._turn = self._choices = 0
        self._document = pn.state.curdoc
        self._timer_lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._flushed = 0.0
        self._ended = self._options = False
        self._stop = workspace.listen(self._heard)
        job = workspace.runner.job
        self.param.update(running=workspace.runner.busy, progress=workspace.latest, log_length=workspace.lines, error=job and job.error)

    @property
    def session(self) -> Session:
        """The options and artifacts."""
        return self.workspace.session

    def close(self) -> None:
        """Stop listening; the page is gone."""
        self._stop()

    @shows_errors
    async def refresh(self) -> None:
        """Look at the session again and show what has changed."""
        self._turn += 1
        turn, choices = self._turn, self._choices
        try:
            found = await self.workspace.ask(look, self._asked())
        except ArtifactError as error:
            self.error = error
            found = await self.workspace.ask(look, self._asked())  # the session has forgotten what was damaged
        found["check"] = await self.workspace.ask(verdict)
        if turn == self._turn:
            self._keys = found.pop("keys")
            if choices != self._choices:  # another node was selected meanwhile
                found = {name: value for name, value in found.items() if name not in SELECTION}
            self._put({**found, "stale": frozenset(found["stale"])})

    @shows_errors
    async def show(self, stage: str) -> None:
        """Show another stage's graph, keeping the selection where it has a counterpart."""
        if stage != self.stage:
            self._choices += 1
            name = await self.workspace.ask(follow, self.selected, self.stage, stage)
            self._keys.pop("graph", None)
            self.param.update(stage=stage, selected=name)
            await self.refresh()

    @shows_errors
    async def colour_by(self, what: str) -> None:
        """Colour the nodes by something else."""
        self.colour = what
        await self.refresh()

    @shows_errors
    async def colour_by_file(self, content: bytes) -> None:
        """Colour the nodes by an overlay that a person brought as JSON."""
        self.own = {"stage": self.stage, "overlay": await self.workspace.ask(stage_overlay, self.stage, content)}
        await self.colour_by(OWN)

    @shows_errors
    async def select(self, name: str) -> None:
        """Select a node of the shown graph; an empty name selects nothing."""
        if name != self.selected:
            await self._choose(name, "")

    async def select_in(self, stage: str, name: str) -> None:
        """Select a node of a stage's graph, and show that graph."""
        await self.show(stage)
        await self.select(name)

    @shows_errors
    async def select_tensor(self, name: str) -> None:
        """Select the node that stands for a tensor of the prepared model."""
        if name != self.tensor:
            node = await self.workspace.ask(follow, name, "prepare", self.stage)
            await self._choose(node, name)

    @shows_errors
    async def run(self, *targets: str) -> None:
        """Start what is missing up to a stage or an analysis, then the next one given; a running job is finished first."""
        self.error = None
        await self.workspace.ask(target_key, targets[0])
        if not self.workspace.runner.busy:  # a click may come in before the page shows what was started meanwhile
            self.param.update(running=True, progress=Event("started", targets[0]))
        self.workspace.start(*targets)

    def cancel(self) -> None:
        """Stop the running job."""
        self.workspace.cancel()

    @shows_errors
    async def open(self, model: str, params: str = "") -> None:
        """Take another model and read it in."""
        if self.workspace.runner.busy:
            raise ArtifactError("A job is running.", remedy="Wait for it or cancel it, then open the model.")
        self.error = None
        is_first = not self.session["load"].options()["model"]
        await self.workspace.change(open_model, model, params)
        if is_first:
            await self.workspace.ask(lambda session: session.history.forget())
        self.param.update(stage="load", selected="", tensor="", details={}, results={}, artifact={}, precision={}, errors={}, own={})
        await self.run("load")

    @shows_errors
    async def set_threshold(self, tensor: str, value: float) -> None:
        """Set a tensor's threshold by hand; it takes effect at the next quantization."""
        await self.workspace.change(lambda session: session.thresholds.__setitem__(tensor, value))

    @shows_errors
    async def reset_threshold(self, tensor: str) -> None:
        """Go back to the observer's threshold."""
        if tensor in self.edited:
            await self.workspace.change(lambda session: session.thresholds.__delitem__(tensor))

    async def configure(self, stage: str, name: str, value: Any) -> None:
        """Set one option.

        Raises:
            OptionError: the value is not allowed; nothing has changed then.
        """
        await self.workspace.change(lambda session: session.configure(stage, **{name: value}))

    @shows_errors
    async def use_preset(self, name: str) -> None:
        """Set the options to those of a recipe that comes with the studio."""
        await self.workspace.change(apply_preset, name)

    @shows_errors
    async def split_at(self, keys: list[str]) -> None:
        """Split the model at these nodes: what is above them stays in float."""
        await self.configure("prepare", "split_keys", keys)

    @shows_errors
    async def undo(self) -> None:
        """Take back the last change."""
        await self.workspace.change(Session.undo)

    @shows_errors
    async def redo(self) -> None:
        """Make the change again that was taken back."""
        await self.workspace.change(Session.redo)

    async def _choose(self, node: str, tensor: str) -> None:
        """Show a node, unless another one is asked for before its facts are here."""
        self._choices += 1
        choices = self._choices
        found = await self.workspace.ask(look_at, self._asked(selected=node, tensor=tensor))
        if choices == self._choices:
            self._put(found)

    def _put(self, found: dict[str, Any]) -> None:
        """Take new values; all that follows from them reaches the page in one message, so that no part of it is older than another."""
        with pn.io.hold():
            self.param.update(**found)

    def _asked(self, **other: str) -> Asked:
        seen = {"stage": self.stage, "selected": self.selected, "tensor": self.tensor, "colour": self.colour, **other}
        return Asked(**seen, own=self.own, keys=self._keys, rows=tuple(self.rows))

    def _heard(self, news: News, event: Event | None) -> None:
        """Take news on any thread, and pass them on to the page soon, several at once."""
        with self._timer_lock:
            self._options |= news == "options"
            self._ended |= event is not None and event.kind in ("finished", "ended")
            if self._timer is None:
                self._timer = threading.Timer(max(0.0, self._flushed + EVENT_SECONDS - time.monotonic()), self._flush)
                self._timer.daemon = True
                self._timer.start()

    def _flush(self) -> None:
        with self._timer_lock:
            self._timer, self._flushed = None, time.monotonic()
        if self._document is not None:
            with contextlib.suppress(AttributeError, RuntimeError):  # the page goes in this moment: Bokeh has taken its document apart
                self._document.add_next_tick_callback(self._take)

    def _take(self) -> None:
        with self._timer_lock:
            options, ended = self._options, self._ended
            self._options = self._ended = False
        job = self.workspace.runner.job
        changes: dict[str, Any] = {"progress": self.workspace.latest, "running": self.workspace.runner.busy, "log_length": self.workspace.lines}
        if ended and job is not None and job.state == "failed" and not self.workspace.runner.busy:
            changes["error"] = job.error
        self.param.update(**changes)
        if options:
            self.options += 1
        if options or ended:
            pn.state.execute(self.refresh)  # an awaited call would keep the document locked
