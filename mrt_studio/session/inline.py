"""Jobs in this process, for notebooks and tests: the interface of `Runner`, without a worker to start or to lose.

What native code does to the process, it does to the caller.
"""

from __future__ import annotations

from mrt_studio.errors import JobError
from mrt_studio.session.estimate import earlier_seconds
from mrt_studio.session.events import Event
from mrt_studio.session.jobs import Job, Listener
from mrt_studio.session.pipeline import run_pipeline
from mrt_studio.session.session import Session


class InlineRunner:
    """Runs the jobs of one session where `submit` is called, which returns when the job has ended."""

    process_id = None
    """There is no other process."""

    def __init__(self, session: Session, listener: Listener | None = None) -> None:
        """`listener` gets every event; the last of a job has the kind ended."""
        self._session, self._listener = session, listener
        self._job: Job | None = None
        self._cancelled = False

    @property
    def job(self) -> Job | None:
        """The running job, or the last one."""
        return self._job

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return self._job is not None and not self._job.wait(0)

    def submit(self, target: str, *, force: bool = False) -> Job:
        """Run up to `target` with the session's current options; returns the ended job.

        Raises:
            JobError: a job is running.
            ArtifactError: another process writes in the project folder, or it is gone.
        """
        if self.busy:
            raise JobError("A job is running.", remedy="Wait for it or cancel it.")
        self._session.store.own()
        self._cancelled = False
        number = self._job.number + 1 if self._job else 1
        self._job = job = Job(number, target, None, earlier_seconds(self._session, target))
        try:
            run_pipeline(self._session, target, self._tell, lambda: self._cancelled, force=force)
        finally:
            job.end()
        self._hear(Event("ended", target, job.state))
        return job

    def cancel(self) -> None:
        """Ask the running job to stop at its next step; called by the listener, or by another thread."""
        self._cancelled = True

    def close(self) -> None:
        """Stop the running job."""
        self.cancel()

    def _tell(self, event: Event) -> None:
        if self._job is not None:
            self._job.add(event)
        self._hear(event)

    def _hear(self, event: Event) -> None:
        if self._listener is not None:
            self._listener(event)
