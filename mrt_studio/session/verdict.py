"""The check of a session's model: made once for a model and its input shapes, and kept in the project folder.

It is made in the worker at the end of a job that loads the model, because preparing may run MXNet. It depends on the
input shapes, so it cannot be part of the load stage's summary; its key is that of prepare without split keys.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mrt_studio.errors import StudioError
from mrt_studio.session.check import Check, check_model
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Report
from mrt_studio.stages.prepare import Prepare

NAME = "check"


@dataclass(frozen=True)
class _Kept:
    """A check as the store takes it: all of it is in the summary."""

    found: Check

    def save(self, folder: Path) -> None:
        """Write nothing more."""

    def summary(self) -> dict[str, Any]:
        """The check as plain data."""
        return self.found.summary()


def check_session(session: Session, report: Report | None = None) -> Check:
    """Check the session's model, which is loaded if need be, and keep the result.

    Raises:
        StudioError: the model cannot be loaded.
    """
    graph = session.run("load", report).graph
    stage, key, started = _prepare(session), check_key(session), time.perf_counter()
    found = check_model(graph, stage.input_shape, stage.input_shapes, report)
    session.store.save(NAME, key, _Kept(found), time.perf_counter() - started)
    return found


def verdict(session: Session) -> dict[str, Any]:
    """What `check_session` kept for the current model and input shapes, as plain data; empty if there is nothing."""
    try:
        return dict(session.store.summary(NAME, check_key(session))["summary"])
    except StudioError:
        return {}


def _prepare(session: Session) -> Prepare:
    stage = session["prepare"]
    if not isinstance(stage, Prepare):
        raise TypeError("the stage called prepare is not Prepare")
    return dataclasses.replace(stage, split_keys=())


def check_key(session: Session) -> str:
    """The content key of the check.

    Raises:
        OptionError: the model is not named, or its files do not exist.
    """
    return _prepare(session).key({"load": session.key("load")})
