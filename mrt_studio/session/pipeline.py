"""Run a session up to a stage, or an analysis of it, and tell what happens; what the command line and the worker share."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import Any

from mrt_studio.errors import JobCancelled, StudioError
from mrt_studio.session.analysis import ANALYSES, forget, measure, stored
from mrt_studio.session.events import Event
from mrt_studio.session.reports import check_lines
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import check_session, verdict
from mrt_studio.stages.base import Report

Tell = Callable[[Event], None]

MEASURED = "quantize"
"""The stage whose result the analyses look at."""


def run_pipeline(session: Session, target: str, tell: Tell, cancelled: Callable[[], bool], *, force: bool = False) -> bool:
    """Run what is missing up to `target`, a stage or one of `ANALYSES`; returns whether it is done.

    Errors become events, none is raised. `cancelled` is asked at every step of progress.
    """
    stage = target
    try:
        if force:
            _forget(session, target)
        for name, title, run in _steps(session, target):
            stage, started = name, time.perf_counter()
            tell(Event("started", name, title))
            run(_Teller(name, tell, cancelled))
            tell(Event("finished", name, seconds=time.perf_counter() - started))
        if target == "load":
            _check(session, _Teller(target, tell, cancelled))
    except JobCancelled:
        tell(Event("cancelled", stage, "Cancelled"))
        return False
    except StudioError as error:
        tell(Event("failed", stage, error.what, error=error.to_dict()))
        return False
    except MemoryError:
        shortage = StudioError("The memory is not enough.", where=stage, remedy="Use a smaller batch.")
        tell(Event("failed", stage, shortage.what, error=shortage.to_dict()))
        return False
    return True


def _forget(session: Session, target: str) -> None:
    if target in ANALYSES:
        forget(session, target)
    else:
        session.forget(target)


def _steps(session: Session, target: str) -> Sequence[tuple[str, str, Callable[[Report], Any]]]:
    """What has to run, in order: its name, its title, and what runs it."""
    is_stage = target not in ANALYSES
    steps = [(name, session[name].title, functools.partial(session.run, name)) for name in session.plan(target if is_stage else MEASURED)]
    if is_stage or stored(session, target) is not None:
        return steps
    return [*steps, (target, ANALYSES[target].title, functools.partial(measure, session, target))]


def _check(session: Session, teller: _Teller) -> None:
    """Say which operators of the model cannot become integers; who loads a model wants to know before anything runs."""
    if not verdict(session):
        teller.log("Checking the operators")
        for line in check_lines(check_session(session, teller)):
            teller.log(line)


_EVENT_SECONDS = 0.1


class _Teller:
    """A stage's report as events, at most ten steps of progress a second."""

    def __init__(self, stage: str, tell: Tell, cancelled: Callable[[], bool]) -> None:
        self._stage, self._tell, self._cancelled = stage, tell, cancelled
        self._told = 0.0

    def progress(self, done: int, total: int, message: str) -> None:
        """Tell how far the stage is, and stop it when asked."""
        if self._cancelled():
            raise JobCancelled("Cancelled.")
        now = time.monotonic()
        if now - self._told >= _EVENT_SECONDS or done in (0, total):
            self._told = now
            self._tell(Event("progress", self._stage, message, done, total))

    def log(self, message: str) -> None:
        """Tell one line."""
        self._tell(Event("log", self._stage, message))
