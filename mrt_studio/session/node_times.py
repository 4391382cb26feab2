"""How long the nodes of the integer graph take on the exact machine."""

from __future__ import annotations

import time
from typing import Any

from mrt_studio.cvm.lower import Lowered
from mrt_studio.cvm.machine import trace
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Report, Silent

RUNS = 3
"""The shortest of so many runs counts: what a run takes longer, the rest of the computer took."""


def session_times(session: Session, report: Report | None = None) -> dict[str, Any]:
    """Seconds that each operator of a session's integer graph takes, for one sample of the calibration.

    Raises:
        StudioError: a stage before it cannot run.
    """
    report = report or Silent()
    lowered = session.run("quantize", report).lowered
    return node_times(lowered, session.artifact("calibrate").sample[:1], report)


def node_times(lowered: Lowered, data: Array, report: Report | None = None) -> dict[str, float]:
    """Seconds by operator of the integer graph, for a float batch (n, ...) on the int64 machine."""
    report = report or Silent()
    feeds = {q.ref.name: quantize_array(data, q.scale, q.precision) for q in lowered.inputs.values()}
    total, done, found = RUNS * len(lowered.graph.operators), 0, dict[str, float]()
    for _ in range(RUNS):
        before, run = time.perf_counter(), dict[str, float]()
        for ref, _value in trace(lowered.graph, feeds):
            now = time.perf_counter()
            run[ref.name] = run.get(ref.name, 0.0) + now - before
            done += ref.index == 0
            report.progress(min(done, total), total, ref.name)
            before = time.perf_counter()
        found = {name: min(seconds, found.get(name, seconds)) for name, seconds in run.items()}
    return found
