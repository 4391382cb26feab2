"""Jobs: a session's stages run in a worker process that may die without harm.

One worker serves one session and is kept between jobs, because importing MXNet takes a second. A worker that
was cancelled hard or died is replaced at the next job. Events come from a reading thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mrt_studio.engine import pinned_isa
from mrt_studio.errors import JobError, StudioError, from_dict
from mrt_studio.session.cluster import Cluster
from mrt_studio.session.estimate import Estimate, earlier_seconds
from mrt_studio.session.events import Event
from mrt_studio.session.limits import Limits
from mrt_studio.session.session import Session
from mrt_studio.session.worker_process import Worker

CANCEL_SECONDS = 2.0
"""How long a job may take to stop by itself before its worker is killed."""
IDLE_SECONDS = 900.0
"""How long a worker is kept for the next job: it holds MXNet and the session's arrays in memory."""

Listener = Callable[[Event], None]


class Job:
    """A run of the pipeline up to `target`.

    Attributes:
        events: all events so far.
        state: running, finished, failed or cancelled.
        error: why it failed.
        stage: the stage that runs, or the last that did.
    """

    def __init__(self, number: int, target: str, worker: Worker | None, earlier: Mapping[str, float]) -> None:
        self.number, self.target, self.worker = number, target, worker
        self.events: list[Event] = []
        self.state = "running"
        self.error: StudioError | None = None
        self.stage = target
        self.order: dict[str, Any] = {}
        """What a worker is told to do."""
        self.last_word: Event | None = None
        """What to tell when the worker was ended on purpose."""
        self._estimate = Estimate(earlier)
        self._ended = threading.Event()

    @property
    def seconds(self) -> float:
        """How long ago it was submitted."""
        return self._estimate.seconds

    @property
    def seconds_left(self) -> float | None:
        """About how long it will still take, from its progress and earlier runs; None while nothing is known."""
        return None if self._ended.is_set() else self._estimate.left

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the job has ended; returns whether it has."""
        return self._ended.wait(seconds)

    def add(self, event: Event) -> None:
        """Take in an event."""
        self.events.append(event)
        self._estimate.add(event)
        if event.kind == "started":
            self.stage = event.stage
        elif event.kind == "failed":
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

    def __init__(self, session: Session, listener: Listener | None = None, limits: Limits | None = None) -> None:
        """`listener` gets every event, on the reading thread; the last of a job has the kind ended."""
        self._session = session
        self._listener = listener
        self._limits = limits or Limits()
        self._lock = threading.RLock()
        self._worker: Worker | None = None
        self._job: Job | None = None
        self._count = 0
        self.idle_seconds = IDLE_SECONDS
        self._rest: threading.Timer | None = None
        """Ends the worker when it has been idle for so long."""

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
            ArtifactError: another process writes in the project folder, or it is gone.
        """
        with self._lock:
            if self.busy:
                raise JobError("A job is running.", remedy="Wait for it or cancel it.")
            token = self._session.store.own()
            self._count += 1
            self._job = job = Job(self._count, target, None, earlier_seconds(self._session, target))
            job.order = {"do": "run", "id": job.number, "token": token, "target": target, "force": force, **self._order()}
            self._give(job)
            if self._limits.seconds:
                error = JobError(f"The job took longer than its limit of {self._limits.seconds} s.", remedy="Use less data, or raise the limit.")
                threading.Thread(target=self._stop_after, args=(self._limits.seconds, job, error), daemon=True).start()
            return job

    def cancel(self) -> None:
        """Ask the running job to stop; after two seconds its worker is killed."""
        with self._lock:
            job = self._job
            if job is None or job.worker is None or not self.busy:
                return
            job.worker.send({"do": "cancel", "id": job.number})
        threading.Thread(target=self._stop_after, args=(CANCEL_SECONDS, job, None), daemon=True).start()

    def close(self) -> None:
        """End the worker; a running job counts as cancelled."""
        with self._lock:
            worker = self._worker
            self._kill(None, "The worker was ended.")
        if worker is not None:
            worker.join()
        self._stay()

    def _order(self) -> dict[str, Any]:
        """What a worker has to know of the session."""
        spread = self._session.spread
        return {
            "folder": str(Path(self._session.store.folder).resolve()),
            "recipe": self._session.recipe(),
            "isa": pinned_isa(),
            "memory": self._limits.memory,
            "cluster": asdict(spread) if isinstance(spread, Cluster) else None,
        }

    def _stop_after(self, seconds: float, job: Job, error: StudioError | None) -> None:
        """Kill the worker of a job that is not at its end by then; with an error it failed, without it was cancelled."""
        if not job.wait(seconds):
            with self._lock:
                if not job.wait(0):
                    self._kill(error, "Cancelled; the worker was stopped.")

    def _kill(self, error: StudioError | None, message: str = "") -> None:
        """End the worker; the reading thread tells its job."""
        worker, self._worker = self._worker, None
        if worker is not None:
            job = self._job
            if job is not None and job.worker is worker and job.last_word is None:
                job.last_word = _failed(job, error) if error else Event("cancelled", job.stage, message)
            worker.process.kill()

    def _give(self, job: Job) -> None:
        """Send a job to a worker that is ready."""
        job.worker = self._ready_worker()
        job.worker.send(job.order)

    def _ready_worker(self) -> Worker:
        if self._worker is None or not self._worker.reusable:
            self._kill(None)
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
            if job is not None and job.worker is worker and worker.served > 1 and not job.events and job.last_word is None:
                job.worker = None
                self._give(job)  # the worker died before it began: it was dying already when it got the job
                return
        if job is not None and job.worker is worker and not job.wait(0):
            if job.state == "running":
                self._tell(job, job.last_word or _failed(job, worker.death()))
            self._end(job)

    def _tell(self, job: Job, event: Event) -> None:
        job.add(event)
        if self._listener is not None:
            self._listener(event)

    def _stay(self) -> None:
        """Count the time without a job from anew."""
        if self._rest is not None:
            self._rest.cancel()

    def _let_go(self, job: Job) -> None:
        """End the worker if this job was its last."""
        with self._lock:
            if self._job is job:
                self._kill(None)

    def _end(self, job: Job) -> None:
        job.end()
        if self._listener is not None:
            self._listener(Event("ended", job.target, job.state))
        self._stay()
        self._rest = threading.Timer(self.idle_seconds, self._let_go, [job])
        self._rest.daemon = True
        self._rest.start()


def _failed(job: Job, error: StudioError) -> Event:
    return Event("failed", job.stage, error.what, error=error.to_dict())
