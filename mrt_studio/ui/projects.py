"""Which workspace a page gets: that of the server's project, or one of its own, which a reload finds again by a word in its address.

A page comes and goes, a job goes on. Projects of their own that no page shows are kept for a while, in case of a reload.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from mrt_studio.session.cluster import Cluster
from mrt_studio.session.limits import Limits
from mrt_studio.ui.workspace import Workspace

KEPT = 8
KEEP_SECONDS = 3600.0
"""So many projects that no page shows are kept, for so long."""


@dataclass
class _Own:
    """A page's own project: how many pages show it, and when the last one left."""

    workspace: Workspace
    pages: int = 0
    left: float = 0.0


class Projects:
    """The workspaces of a server; pages come and leave on any thread."""

    def __init__(self) -> None:
        self._shared: dict[Path, Workspace] = {}
        self._own: dict[str, _Own] = {}
        self._lock = threading.Lock()

    def shared(self, folder: Path, limits: Limits | None = None, cluster: Cluster | None = None) -> Workspace:
        """The workspace of a folder, the same for every page; limits of jobs, and who helps them, are those of its first page.

        Raises:
            StudioError: the folder cannot be used.
        """
        path = folder.expanduser().resolve()
        with self._lock:
            if path not in self._shared:
                self._shared[path] = Workspace(path, limits, cluster)
            return self._shared[path]

    def come(self, word: str, limits: Limits | None = None, cluster: Cluster | None = None) -> tuple[str, Workspace]:
        """A page's own workspace: the one that its address names, or a new one; returns the word for its address, which cannot be guessed."""
        with self._lock:
            if word not in self._own:
                word = secrets.token_urlsafe(24)
                self._own[word] = _Own(Workspace(None, limits, cluster))
            self._own[word].pages += 1
            found = self._own[word].workspace
        self._tidy()
        return word, found

    def leave(self, word: str) -> None:
        """A page is gone; a job that runs goes on."""
        with self._lock:
            own = self._own[word]
            own.pages, own.left = own.pages - 1, time.monotonic()
            if not own.pages and not own.workspace.runner.busy:
                own.workspace.runner.close()  # before a page comes back and starts a job
        self._tidy()

    def _tidy(self) -> None:
        """Let go of what nobody came back to."""
        with self._lock:
            waiting = sorted((word for word, own in self._own.items() if not own.pages), key=lambda word: self._own[word].left, reverse=True)
            old = [word for place, word in enumerate(waiting) if place >= KEPT or time.monotonic() - self._own[word].left > KEEP_SECONDS]
            gone = [self._own.pop(word) for word in old]
        for own in gone:
            own.workspace.runner.close()


projects = Projects()
"""Those of this process."""
