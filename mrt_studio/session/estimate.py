"""How long a job will take: from its progress, and from how long its stages took the last time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping

from mrt_studio.session.events import Event
from mrt_studio.session.project_format import ARTIFACTS, SUMMARY, read_summary
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER

_SHARE, _SECONDS = 0.02, 3.0
"""A stage's own pace counts once so much of it is done, or it has run so long."""


class Estimate:
    """Follows a job's events."""

    def __init__(self, earlier: Mapping[str, float], clock: Callable[[], float] = time.monotonic) -> None:
        """`earlier` holds the seconds that the stages to run took the last time."""
        self._earlier, self._clock = dict(earlier), clock
        self._stage, self._began = "", 0.0
        self._whole: float | None = None
        self._begun = clock()

    @property
    def seconds(self) -> float:
        """Since the job was submitted."""
        return self._clock() - self._begun

    def add(self, event: Event) -> None:
        """Take in an event as it comes."""
        now = self._clock()
        if event.kind == "started":
            self._earlier.pop(self._stage, None)
            self._stage, self._began = event.stage, now
            self._whole = self._earlier.get(event.stage)
        elif event.kind == "progress" and event.done and (event.done >= _SHARE * event.total or now - self._began >= _SECONDS):
            self._whole = (now - self._began) * event.total / event.done

    @property
    def left(self) -> float | None:
        """Seconds that are left; None while nothing is known of the running stage."""
        if self._whole is None:
            return None
        later = sum(seconds for stage, seconds in self._earlier.items() if stage != self._stage)
        return max(0.0, self._began + self._whole - self._clock()) + later


def earlier_seconds(session: Session, target: str) -> dict[str, float]:
    """The seconds that the stages to run up to `target` took the last time in this project, as far as they are known."""
    planned = session.plan(target) if target in ORDER else ()
    return {stage: seconds for stage in planned if (seconds := _last_seconds(session, stage)) is not None}


def _last_seconds(session: Session, stage: str) -> float | None:
    with contextlib.suppress(OSError, KeyError):
        paths = (session.store.folder / ARTIFACTS).glob(f"{stage}-*/{SUMMARY}")
        newest = max(paths, key=lambda path: path.stat().st_mtime, default=None)
        found = read_summary(newest, session.store.format) if newest else None
        return float(found["seconds"]) if found else None
    return None
