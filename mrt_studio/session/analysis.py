"""What is measured of a quantized model besides its stages: where its error comes from, and the time that nodes take.

Measuring takes seconds and may run MXNet, so it is a job: `Runner.submit` takes the names of `ANALYSES` like those of
stages. What was found is kept in the project folder under a key of what it depends on, and read from there.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mrt_studio.errors import StudioError
from mrt_studio.session.channel_errors import read_channels, session_channels
from mrt_studio.session.node_errors import NodeError, session_errors
from mrt_studio.session.node_times import session_times
from mrt_studio.session.samples import chosen
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Report, Silent, make_stage

Data = dict[str, Any]


@dataclass(frozen=True)
class Analysis:
    """One kind of measurement.

    Attributes:
        title: what it is called.
        run: measures, after the stages that it needs; the result is plain data.
        read: plain data as the result's own type.
        key: the content key of what it depends on.
    """

    title: str
    run: Callable[[Session, Report], Data]
    read: Callable[[Data], Any]
    key: Callable[[Session], str]


@dataclass(frozen=True)
class _Kept:
    """What was found as the store takes it: all of it is in the summary."""

    found: Data

    def save(self, folder: Path) -> None:
        """Write nothing more."""

    def summary(self) -> Data:
        """What was found."""
        return self.found


def measure(session: Session, name: str, report: Report | None = None) -> Any:
    """Run an analysis and keep what it finds.

    Raises:
        StudioError: a stage before it cannot run, or it cannot itself.
    """
    started = time.perf_counter()
    found = ANALYSES[name].run(session, report or Silent())
    session.store.save(name, target_key(session, name), _Kept(found), time.perf_counter() - started)
    session.notify(name)
    return ANALYSES[name].read(found)


def stored(session: Session, name: str) -> Any:
    """What an analysis found for the current options; None if it has not run, or its file is damaged."""
    try:
        return ANALYSES[name].read(dict(session.store.summary(name, target_key(session, name))["summary"]))
    except (StudioError, KeyError, TypeError, ValueError):
        return None


def target_key(session: Session, target: str) -> str:
    """The content key of what a job makes: the artifact of a stage, or an analysis.

    Raises:
        OptionError: there is no such stage, the model is not named, or its files do not exist.
    """
    return ANALYSES[target].key(session) if target in ANALYSES else session.key(target)


def measured_key(session: Session, name: str) -> str:
    """The content key of an analysis that has run for the current options, or an empty text."""
    try:
        key = target_key(session, name)
    except StudioError:
        return ""
    return key if session.store.has(name, key) else ""


def forget(session: Session, name: str) -> None:
    """Drop what an analysis found for the current options.

    Raises:
        ArtifactError: the folder cannot be changed.
    """
    session.store.remove(name, target_key(session, name))


def analyse(session: Session, report: Report | None = None) -> list[NodeError]:
    """Measure the errors of each node, and keep them; runs MXNet.

    Raises:
        StudioError: a stage before it cannot run, or the data set has too few samples.
    """
    return measure(session, "errors", report)


def stored_errors(session: Session) -> list[NodeError] | None:
    """The errors that were measured with the current options, or None."""
    return stored(session, "errors")


def stored_times(session: Session) -> dict[str, float] | None:
    """Seconds by operator of the integer graph, measured with the current options, or None."""
    return stored(session, "times")


def _errors(session: Session, report: Report) -> Data:
    return {"rows": [dataclasses.asdict(row) for row in session_errors(session, report=report)]}


def _read_errors(found: Data) -> list[NodeError]:
    return [NodeError(**row) for row in found["rows"]]


def _errors_key(session: Session) -> str:
    """They depend on the integer model and on the samples."""
    stage = make_stage("evaluate", {"dataset": session["evaluate"].options()["dataset"]})
    samples = ",".join(map(str, chosen(session)))
    return stage.key({**{need: session.key(need) for need in stage.needs}, "samples": samples})


def _read_times(found: Data) -> dict[str, float]:
    return {name: float(seconds) for name, seconds in found.items()}


ANALYSES: Mapping[str, Analysis] = {
    "errors": Analysis("Errors", _errors, _read_errors, _errors_key),
    "channels": Analysis("Errors by channel", session_channels, read_channels, _errors_key),
    "times": Analysis("Times", session_times, _read_times, lambda session: session.key("quantize")),
}
"""All of them, by the name of the job."""
