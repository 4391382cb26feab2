"""The data: enough to calibrate on, and other data to evaluate on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mrt_studio.datasets.base import datasets
from mrt_studio.errors import StudioError
from mrt_studio.session.doctor import diagnose_session
from mrt_studio.session.hints.base import Hint, rules
from mrt_studio.session.session import Session

FEW = 16
"""Fewer samples than this are few for any tensor."""
UNSETTLED = 0.5
"""The share of tensors that may find their largest magnitude in the last half of the samples."""


@rules.register("samples")
def few(session: Session) -> Iterator[Hint]:
    """A calibration that saw too little."""
    if not session.done("calibrate"):
        return
    found = diagnose_session(session)
    late = sum(t.settled > found.samples / 2 for t in found.tensors)
    if found.samples >= FEW and late <= UNSETTLED * len(found.tensors):
        return
    options = session["calibrate"].options()
    more = 2 * options["count"] if options["count"] else 0
    fits = more and (length := _length(options["dataset"])) is not None and options["start"] + more * options["batch"] <= length
    yield Hint(
        rule="samples",
        what=f"Calibration saw {found.samples} samples; {late} of {len(found.tensors)} tensors found their largest magnitude in the last half.",
        why="More data would likely widen these thresholds, and show what is an outlier.",
        action=f"Calibrate on {more * options['batch']} samples" if fits else "",
        change={"calibrate": {"count": more}} if fits else {},
    )


@rules.register("overlap")
def overlapping(session: Session) -> Iterator[Hint]:
    """An evaluation on the samples that were calibrated on."""
    calibrate, evaluate = session["calibrate"].options(), session["evaluate"].options()
    if evaluate["dataset"] not in ("", calibrate["dataset"]) or not session.done("calibrate"):
        return
    mine, theirs = _range(calibrate), _range(evaluate)
    shared = min(mine[1], theirs[1]) - max(mine[0], theirs[0])
    if shared <= 0:
        return
    start, length = int(mine[1]) if mine[1] != float("inf") else 0, _length(calibrate["dataset"])
    count = evaluate["count"] * evaluate["batch"]
    fits = start and length is not None and start + max(count, 1) <= length
    yield Hint(
        rule="overlap",
        what="Samples that calibration saw are evaluated on too.",
        why="The results look better than they are for new data.",
        action=f"Evaluate from sample {start} on" if fits else "",
        change={"evaluate": {"start": start}} if fits else {},
    )


def _range(options: dict[str, Any]) -> tuple[float, float]:
    """The first sample, and the one after the last."""
    return options["start"], options["start"] + options["count"] * options["batch"] if options["count"] else float("inf")


def _length(dataset: str) -> int | None:
    """How many samples a data set has; None where that cannot be said."""
    try:
        return len(datasets.create(dataset))
    except StudioError:
        return None
