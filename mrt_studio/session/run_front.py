"""The Pareto front of runs: error against one cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mrt_studio.session.run_files import Run


def dots(runs: Iterable[Run], cost: str, current: int | None = None) -> list[dict[str, Any]]:
    """The runs by ascending cost: {"number", "title", "cost", "sqnr", "front", "current"}.

    A run is on the front when no other has a larger SQNR at no more cost, or the same SQNR at less. Runs without both figures are
    left out.

    Args:
        runs: any runs.
        cost: a figure that is better when it is lower, such as gas or storage.
        current: the number of the run that is open.
    """
    found = [(run, run.figures.get(cost), run.figures.get("sqnr")) for run in runs]
    known = sorted(((run, c, s) for run, c, s in found if c is not None and s is not None), key=lambda dot: (dot[1], -dot[2], dot[0].number))
    rows, best = list[dict[str, Any]](), -float("inf")
    for run, price, sqnr in known:
        rows.append({"number": run.number, "title": run.title, "cost": price, "sqnr": sqnr, "front": sqnr > best, "current": run.number == current})
        best = max(best, sqnr)
    return rows
