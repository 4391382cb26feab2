"""The worker process: runs jobs on a project folder, one at a time, and tells events as JSON lines.

Started as ``python -m mrt_studio.session.worker LIFELINE``. Commands come as JSON lines on standard input: ``run`` with
id, folder, token, isa, memory, cluster, recipe, target and force; ``cancel`` with the id. When standard input closes, the parent is gone
and the worker ends at once; where it hangs in native code, the system ends it, because the pipe LIFELINE closes too.
Native code may print: standard output is sent to standard error and events use a private copy.
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from mrt_studio.engine import pin_isa
from mrt_studio.errors import StudioError
from mrt_studio.session.cluster import Cluster
from mrt_studio.session.events import Event
from mrt_studio.session.limits import limit_memory
from mrt_studio.session.pipeline import run_pipeline
from mrt_studio.session.session import Session
from mrt_studio.stages.spread import Here

NICE = 10
"""The server that shows what a job does comes first, where both want the processor."""
PROGRESS_SECONDS = 0.05
"""Steps are told at most this often: thousands a second would keep the server busy."""


def main() -> None:
    """Serve jobs until the parent closes standard input."""
    _hold(int(sys.argv[1]))
    os.nice(NICE)
    events = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    jobs: queue.Queue[dict[str, Any]] = queue.Queue()
    kept: Session | None = None
    cancelled = set[int]()
    threading.Thread(target=_listen, args=(sys.stdin, jobs, cancelled), daemon=True).start()
    while True:
        job = jobs.get()
        kept = _serve(job, kept, events, cancelled)
        events.write(json.dumps({"idle": job["id"]}) + "\n")


def _hold(lifeline: int) -> None:
    """Have the system send a deadly signal when a pipe's other end closes: native code that hangs may not let Python's threads run."""
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _listen(commands: TextIO, jobs: queue.Queue[dict[str, Any]], cancelled: set[int]) -> None:
    for line in commands:
        command = json.loads(line)
        if command["do"] == "cancel":
            cancelled.add(command["id"])
        else:
            jobs.put(command)
    os._exit(0)  # the parent is gone: a running job must not outlive it


def _serve(job: dict[str, Any], kept: Session | None, events: TextIO, cancelled: set[int]) -> Session | None:
    """Do a job with the session of the one before, if it was on the same folder; returns the session for the next one."""
    told = 0.0

    def tell(event: Event) -> None:
        nonlocal told
        if event.kind == "progress" and event.done < event.total:
            if time.monotonic() - told < PROGRESS_SECONDS:
                return
            told = time.monotonic()
        events.write(event.to_line() + "\n")

    try:
        pin_isa(job["isa"])
        limit_memory(job["memory"])
        session = _session(Path(job["folder"]), job, kept)
        session.spread = Cluster(**job["cluster"]) if job["cluster"] else Here()
    except StudioError as error:
        tell(Event("failed", job["target"], error.what, error=error.to_dict()))
        return None
    run_pipeline(session, job["target"], tell, lambda: job["id"] in cancelled, force=job["force"])
    return session


def _session(folder: Path, job: dict[str, Any], kept: Session | None) -> Session:
    """The kept session with the job's options: what it has read and made before spares work. Artifacts go by content key, so none is out of date."""
    if kept is None or kept.store.folder != folder or kept.store.token != job["token"] or not folder.is_dir():
        return Session(folder, job["recipe"], job["token"])
    kept.history.follow(job["recipe"])
    return kept


if __name__ == "__main__":
    main()
