"""Overlays of what was measured on data: signal over noise, shares of the error, and time."""

from __future__ import annotations

from mrt_studio.session.analysis import stored_errors, stored_times
from mrt_studio.session.node_errors import NodeError
from mrt_studio.session.overlays.base import overlay
from mrt_studio.session.overlays.placing import at_main_nodes, at_nodes, gathered
from mrt_studio.session.session import Session

NEEDS = ("prepare", "quantize")


@overlay("isolated", label="SQNR, isolated", unit="dB", needs=NEEDS, measured="errors", better="high")
def isolated_of(session: Session, stage: str) -> dict[str, float]:
    """Signal to quantization noise of a node whose inputs are exact."""
    return at_nodes(session, stage, {row.name: value for row in _rows(session) if (value := row.isolated.get("sqnr")) is not None})


@overlay("cumulative", label="SQNR, cumulative", unit="dB", needs=NEEDS, measured="errors", better="high")
def cumulative_of(session: Session, stage: str) -> dict[str, float]:
    """Signal to quantization noise of a node in the whole integer model."""
    return at_nodes(session, stage, {row.name: value for row in _rows(session) if (value := row.cumulative.get("sqnr")) is not None})


@overlay("share", label="attributed error", unit="%", needs=NEEDS, measured="errors", better="low", adds_up=True)
def shares_of(session: Session, stage: str) -> dict[str, float]:
    """The share of the output's error that comes from a node; below zero where it makes up for others."""
    return at_main_nodes(session, stage, {row.name: 100 * row.share for row in _rows(session)})


@overlay("time", unit="ms", needs=NEEDS, measured="times", scale="log", better="low", adds_up=True)
def times_of(session: Session, stage: str) -> dict[str, float]:
    """The milliseconds that the exact machine takes on this computer, for one sample."""
    return gathered(session, stage, {name: 1000 * seconds for name, seconds in (stored_times(session) or {}).items()}, sum)


def _rows(session: Session) -> list[NodeError]:
    return stored_errors(session) or []
