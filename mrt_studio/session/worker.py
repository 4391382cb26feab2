"""The worker process: runs jobs on a project folder, one at a time, and tells events as JSON lines.

Started as ``python -m mrt_studio.session.worker``. Commands come as JSON lines on standard input: ``run`` with
id, folder, recipe, target and force; ``cancel`` with the id. When standard input closes, the parent is gone and the
worker ends at once. Native code may print: standard output is sent to standard error and events use a private copy.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from mrt_studio.errors import StudioError
from mrt_studio.session.events import Event
from mrt_studio.session.pipeline import run_pipeline
from mrt_studio.session.session import Session


def main() -> None:
    """Serve jobs until the parent closes standard input."""
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

    def tell(event: Event) -> None:
        events.write(event.to_line() + "\n")

    try:
        session = _session(Path(job["folder"]), job["recipe"], kept)
    except StudioError as error:
        tell(Event("failed", job["target"], error.what, error=error.to_dict()))
        return None
    run_pipeline(session, job["target"], tell, lambda: job["id"] in cancelled, force=job["force"])
    return session


def _session(folder: Path, recipe: dict[str, Any], kept: Session | None) -> Session:
    """The kept session with these options: what it has read and made before spares work. Artifacts go by content key, so none is out of date."""
    if kept is None or kept.store.folder != folder or not folder.is_dir():
        return Session(folder, recipe)
    kept.history.follow(recipe)
    return kept


if __name__ == "__main__":
    main()
