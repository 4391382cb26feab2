"""A session's jobs for its widgets: they run in its worker process, and what they tell arrives on the kernel's loop."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import weakref
from collections.abc import Callable

from mrt_studio.errors import JobCancelled
from mrt_studio.session.analysis import target_key
from mrt_studio.session.events import Event
from mrt_studio.session.session import Session
from mrt_studio.ui.workspace import News, Workspace

Hearer = Callable[[Event], None]

_jobs: weakref.WeakValueDictionary[int, Jobs] = weakref.WeakValueDictionary()


class Jobs:
    """Starts the jobs of a session; all methods and hearers run on one thread, that of the notebook's cells.

    Attributes:
        running: whether a job is running, as far as its events have been heard.
    """

    def __init__(self, session: Session) -> None:
        """Take the loop that is running now; without one, events are heard in `wait`."""
        self.session = session
        self.running = False
        self._waiting: list[str] = []
        self._workspace = Workspace(session=session)
        self._workspace.listen(self._told)
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._hearers: list[Hearer] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        with contextlib.suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()

    def listen(self, hearer: Hearer) -> Callable[[], None]:
        """Hear of every event of every job; returns what ends it."""
        self._hearers.append(hearer)
        return lambda: self._hearers.remove(hearer)

    def start(self, *targets: str) -> None:
        """Run what is missing up to each target, a stage or an analysis, in turn, and return at once.

        Raises:
            OptionError: there is no such target, or the model is not named or not there.
        """
        for target in targets:
            target_key(self.session, target)
        self._waiting += targets
        if not self.running and self._waiting:
            self.running = True
            self._workspace.start(self._waiting.pop(0))

    def wait(self) -> None:
        """Wait until nothing is running; an interrupt of the kernel cancels the job.

        Raises:
            StudioError: the job failed.
            JobCancelled: it was cancelled.
        """
        try:
            while self.running:
                self._hear(self._events.get())
        except KeyboardInterrupt:
            self.cancel()
            raise
        job = self._workspace.runner.job
        if job is not None and job.error is not None:
            raise job.error
        if job is not None and job.state == "cancelled":
            raise JobCancelled("The job was cancelled.", where=job.target, remedy="Run it again.")

    def cancel(self) -> None:
        """Stop the running job, and what was to follow it."""
        self._waiting.clear()
        self._workspace.cancel()

    def close(self) -> None:
        """End the worker process; the next job starts another."""
        self._workspace.runner.close()

    def _told(self, news: News, event: Event | None) -> None:
        """Take an event on the reading thread."""
        if event is None:
            return
        self._events.put(event)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._hear(self._events.get_nowait())

    def _hear(self, event: Event) -> None:
        if event.kind == "ended":
            self._follow(finished=event.message == "finished")
        if event.kind == "finished":
            self.session.notify(event.stage)
        for hearer in tuple(self._hearers):
            hearer(event)

    def _follow(self, *, finished: bool) -> None:
        """Start what waits, unless the job before it failed."""
        if finished and self._waiting:
            self._workspace.start(self._waiting.pop(0))
        else:
            self._waiting.clear()
            self.running = False


def jobs_of(session: Session) -> Jobs:
    """The jobs of a session, the same for all its widgets."""
    found = _jobs.get(id(session))
    if found is None:
        found = _jobs[id(session)] = Jobs(session)
    return found
