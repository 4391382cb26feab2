"""What the pages of one project share: the session, its worker, and the log."""

from __future__ import annotations

import asyncio
import collections
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from mrt_studio.session.cluster import Cluster
from mrt_studio.session.events import Event
from mrt_studio.session.jobs import Runner
from mrt_studio.session.limits import Limits
from mrt_studio.session.session import Session

News = Literal["options", "event"]
Listener = Callable[[News, Event | None], None]

LOG_LINES = 2000


class Workspace:
    """A session with its runner; listeners hear of events and of changed options, on any thread."""

    def __init__(self, folder: Path | None = None, limits: Limits | None = None, cluster: Cluster | None = None, *, session: Session | None = None) -> None:
        """Open a project folder, or a temporary one, or take a session that is open; jobs keep to the limits, and a cluster helps them.

        Raises:
            StudioError: the folder cannot be used.
        """
        if session is None:
            session = Session(folder)
            session.history.actor = "studio"
        self.session = session
        self.session.spread = cluster or self.session.spread
        self.runner = Runner(self.session, self._heard, limits)
        self.log: collections.deque[Event] = collections.deque(maxlen=LOG_LINES)
        self.latest: Event | None = None
        self.lines = 0
        self._listeners: list[Listener] = []
        self._queue: list[str] = []
        self._lock = threading.Lock()
        self._queue_lock = threading.Lock()
        session.watch(lambda _: self._tell("options", None))

    def start(self, *targets: str) -> None:
        """Run what is missing up to the first target, then up to the next; all after the running job, if there is one."""
        with self._queue_lock:
            self._queue += [target for target in targets if target not in self._queue]
            self._submit_next()

    def cancel(self) -> None:
        """Stop the running job, and what was to follow it."""
        with self._queue_lock:
            self._queue.clear()
        self.runner.cancel()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of what happens; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """The answer of a function of the session, computed off the event loop, one at a time."""

        def answer() -> Any:
            with self._lock, self.session.still():
                return question(self.session, *arguments)

        return await asyncio.to_thread(answer)

    async def change(self, action: Callable[..., Any], *arguments: Any) -> None:
        """Change options through a function of the session, as one entry of its history, and save them.

        Raises:
            StudioError: the change is not possible.
        """
        await self.ask(_change, action, *arguments)

    def _heard(self, event: Event) -> None:
        self.latest = event
        if event.kind != "progress":
            self.log.append(event)
            self.lines += 1
        if event.kind == "ended":
            with self._queue_lock:
                if event.message != "finished":
                    self._queue.clear()
                self._submit_next()
        self._tell("event", event)

    def _submit_next(self) -> None:
        """Submit the next target unless a job is running; its end comes here again."""
        if self._queue and not self.runner.busy:
            self.runner.submit(self._queue.pop(0))

    def _tell(self, news: News, event: Event | None) -> None:
        for listener in tuple(self._listeners):
            listener(news, event)


def _change(session: Session, action: Callable[..., Any], *arguments: Any) -> None:
    """Do it, and save what is another now; the session tells its watchers."""
    before = session.recipe()
    with session.history.change():
        action(session, *arguments)
    if session.recipe() != before:
        session.save()
