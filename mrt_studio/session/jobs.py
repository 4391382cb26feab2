"""Jobs: a session's stages run in a worker process that may die without harm.

One worker serves one session and is kept between jobs, because importing MXNet takes a second. A worker that
was cancelled hard or died is replaced at the next job. Events come from a reading thread.
"""

from __future__ import annotations

import collections
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from mrt_studio.errors import JobError, StudioError, WorkerDied, from_dict
from mrt_studio.session.events import Event
from mrt_studio.session.session import Session

CANCEL_SECONDS = 2.0
"""How long a job may take to stop by itself before its worker is killed."""
JOBS_PER_WORKER = 50
"""A worker is replaced after this many jobs, so that leaks of native code stay small."""

Listener = Callable[[Event], None]


class Job:
    """A run of the pipeline up to `target`.

    Attributes:
        events: all events so far.
        state: running, finished, failed or cancelled.
        error: why it failed.
    """

    def __init__(self, number: int, target: str) -> None:
        self.number, self.target = number, target
        self.events: list[Event] = []
        self.state = "running"
        self.error: StudioError | None = None
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
        self._process: subprocess.Popen[str] | None = None
        self._stderr: collections.deque[str] = collections.deque(maxlen=20)
        self._job: Job | None = None
        self._served = self._count = 0

    @property
    def job(self) -> Job | None:
        """The running job, or the last one."""
        return self._job

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return self._job is not None and self._job.state == "running" and not self._job.wait(0)

    @property
    def process_id(self) -> int | None:
        """The worker's process id while there is one."""
        return None if self._process is None else self._process.pid

    def submit(self, target: str, *, force: bool = False) -> Job:
        """Start a run up to `target` with the session's current options.

        Raises:
            JobError: a job is running.
        """
        with self._lock:
            if self.busy:
                raise JobError("A job is running.", remedy="Wait for it or cancel it.")
            self._count += 1
            self._job = job = Job(self._count, target)
            folder = str(Path(self._session.store.folder).resolve())
            command = {"do": "run", "id": job.number, "folder": folder, "recipe": self._session.recipe(), "target": target, "force": force}
            self._send(self._worker(), command)
            return job

    def cancel(self) -> None:
        """Ask the running job to stop; after two seconds its worker is killed."""
        with self._lock:
            job, process = self._job, self._process
            if job is None or process is None or not self.busy:
                return
            self._send(process, {"do": "cancel"})
        threading.Thread(target=self._kill_later, args=(job, process), daemon=True).start()

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                self._process = None

    def _kill_later(self, job: Job, process: subprocess.Popen[str]) -> None:
        if not job.wait(CANCEL_SECONDS):
            job.add(Event("cancelled", job.target, "Cancelled; the worker was stopped."))
            process.kill()

    def _worker(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None and self._served < JOBS_PER_WORKER:
            self._served += 1
            return self._process
        self.close()
        self._served = 1
        self._stderr.clear()
        pipe = subprocess.PIPE
        process = subprocess.Popen([sys.executable, "-m", "mrt_studio.session.worker"], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self._process = process
        threading.Thread(target=self._drain, args=(process.stderr,), daemon=True).start()
        threading.Thread(target=self._read, args=(process,), daemon=True).start()
        return process

    def _send(self, process: subprocess.Popen[str], command: dict[str, Any]) -> None:
        try:
            if process.stdin is not None:
                process.stdin.write(json.dumps(command) + "\n")
                process.stdin.flush()
        except OSError:
            return  # it died; the reading thread reports that

    def _drain(self, stream: IO[str] | None) -> None:
        for line in stream or ():
            self._stderr.append(line.rstrip())

    def _read(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            job = self._job
            if job is None:
                continue
            if line.startswith('{"idle"'):
                self._end(job)
            elif (event := Event.from_line(line)) is not None:
                self._tell(job, event)
        code = process.wait()
        job = self._job
        if self._process is process and job is not None and not job.wait(0):
            if job.state == "running":
                error = _death(code, self._stderr)
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


def _death(code: int, stderr: collections.deque[str]) -> WorkerDied:
    """Why a worker is gone, from its exit code and last words."""
    if code < 0:
        name = signal.Signals(-code).name
        why = f"It was ended by {name}" + (", which the system sends when the memory is used up." if name == "SIGKILL" else ", a fault in native code.")
    else:
        words = next((line for line in reversed(stderr) if line.strip()), "no message")
        why = f"It ended with code {code}: {words[:200]}"
    return WorkerDied("The worker process died.", why=why, remedy="Nothing is lost: run the stage again, with a smaller batch if the memory was short.")
