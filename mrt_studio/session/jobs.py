"""Jobs: a session's stages run in a worker process that may die without harm.

One worker serves one session and is kept between jobs, because importing MXNet takes a second. A worker that
was cancelled hard or died is replaced at the next job. Events come from a reading thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from mrt_studio.errors import JobError, StudioError, from_dict
from mrt_studio.session.events import Event
from mrt_studio.session.session import Session
from mrt_studio.session.worker_process import Worker

CANCEL_SECONDS = 2.0
"""How long a job may take to stop by itself before its worker is killed."""

Listener = Callable[[Event], None]


class Job:
    """A run of the pipeline up to `target`.

    Attributes:
        events: all events so far.
        state: running, finished, failed or cancelled.
        error: why it failed.
    """

    def __init__(self, number: int, target: str, worker: Worker) -> None:
        self.number, self.target, self.worker = number, target, worker
        self.events: list[Event] = []
        self.state = "running"
        self.error: StudioError | None = None
        self.stopped = ""
        """What to tell when the worker was ended on purpose."""
        self._ended = threading.Event()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the job has ended; returns whether it has."""
        return self._ended.wait(seconds)

    def add(self, event: Event) -> None:
        """Take in an event."""
        self.events.append(event)
        if event.kind == "failed":
            self.state, self.error = "failed", from_dict(event.error)
        elif event.kind == "cancelled":
            self.state = "cancelled"

    def end(self) -> None:
        """Mark the job as ended."""
        if self.state == "running":
            self.state = "finished"
        self._ended.set()


class Runner:
    """Runs the jobs of one session in a worker process; all methods may be called from any thread."""

    def __init__(self, session: Session, listener: Listener | None = None) -> None:
        """`listener` gets every event, on the reading thread; the last of a job has the kind ended."""
        self._session = session
        self._listener = listener
        self._lock = threading.RLock()
        self._worker: Worker | None = None
        self._job: Job | None = None
        self._count = 0

    @property
    def job(self) -> Job | None:
        """The running job, or the last one."""
        return self._job

    @property
    def busy(self) -> bool:
        """Whether a job is running; one that was cancelled or failed is, until its worker is ready again."""
        return self._job is not None and not self._job.wait(0)

    @property
    def process_id(self) -> int | None:
        """The worker's process id while there is one."""
        return None if self._worker is None else self._worker.process.pid

    def submit(self, target: str, *, force: bool = False) -> Job:
        """Start a run up to `target` with the session's current options.

        Raises:
            JobError: a job is running.
        """
        with self._lock:
            if self.busy:
                raise JobError("A job is running.", remedy="Wait for it or cancel it.")
            self._count += 1
            worker = self._ready_worker()
            self._job = job = Job(self._count, target, worker)
            folder = str(Path(self._session.store.folder).resolve())
            worker.send({"do": "run", "id": job.number, "folder": folder, "recipe": self._session.recipe(), "target": target, "force": force})
            return job

    def cancel(self) -> None:
        """Ask the running job to stop; after two seconds its worker is killed."""
        with self._lock:
            job = self._job
            if job is None or not self.busy:
                return
            job.worker.send({"do": "cancel", "id": job.number})
        threading.Thread(target=self._kill_later, args=(job,), daemon=True).start()

    def close(self) -> None:
        """End the worker; a running job counts as cancelled."""
        with self._lock:
            worker = self._worker
            self._kill("The worker was ended.")
        if worker is not None:
            worker.join()

    def _kill_later(self, job: Job) -> None:
        if not job.wait(CANCEL_SECONDS):
            with self._lock:
                if not job.wait(0):
                    self._kill("Cancelled; the worker was stopped.")

    def _kill(self, message: str) -> None:
        """End the worker; the reading thread tells its job."""
        worker, self._worker = self._worker, None
        if worker is not None:
            if self._job is not None and self._job.worker is worker:
                self._job.stopped = message
            worker.process.kill()

    def _ready_worker(self) -> Worker:
        if self._worker is None or not self._worker.reusable:
            self._kill("")
            self._worker = Worker(self._read)
        self._worker.served += 1
        return self._worker

    def _read(self, worker: Worker) -> None:
        """Take in what a worker tells until it is gone."""
        for line in worker.lines():
            job = self._job
            if job is None or job.worker is not worker:
                continue
            if line.startswith('{"idle"'):
                self._end(job)
            elif (event := Event.from_line(line)) is not None:
                self._tell(job, event)
        with self._lock:  # a job that is being submitted is either sent to this worker by now, or gets another one
            job = self._job
            worker.gone = True
        if job is not None and job.worker is worker and not job.wait(0):
            if job.stopped:
                self._tell(job, Event("cancelled", job.target, job.stopped))
            elif job.state == "running":
                error = worker.death()
                self._tell(job, Event("failed", job.target, error.what, error=error.to_dict()))
            self._end(job)

    def _tell(self, job: Job, event: Event) -> None:
        job.add(event)
        if self._listener is not None:
            self._listener(event)

    def _end(self, job: Job) -> None:
        job.end()
        if self._listener is not None:
            self._listener(Event("ended", job.target, job.state))
