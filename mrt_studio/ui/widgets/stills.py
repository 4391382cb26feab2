"""What stands in for the session's widgets in a notebook that is read without a kernel: short tables, as HTML."""

from __future__ import annotations

from typing import Any

from mrt_studio.ui.text import duration, escape, figure, table, tag

MOST = 12
"""Rows of a table."""
STATES = {"done": "done", "wait": "to run", "running": "running", "failed": "failed"}

Data = dict[str, Any]


def pipeline_still(rows: list[Data], states: dict[str, str]) -> str:
    """The stages with their state and time."""
    return table(("stage", "state", "time"), [(row["title"], STATES[states[row["stage"]]], duration(row["seconds"]) if row["done"] else "") for row in rows])


def lab_still(lab: Data, seen: Data) -> str:
    """A tensor's threshold and what it does; `seen` is that of `session.lab.preview`."""
    by = "by hand" if lab["edited"] else lab["observer"]
    rows = [("threshold", f"{figure(lab['threshold'])} ({by})"), ("values", f"{figure(lab['minimum'])} to {figure(lab['maximum'])}")]
    rows += [("clipped", f"{seen['clipped']:.3%}"), ("SQNR with 8 bits", f"{figure(seen['sqnr'][8], 4)} dB")]
    return tag("p", escape(f"{lab['op']} {lab['tensor']}")) + table(("", ""), rows)


def ledger_still(found: Data) -> str:
    """The widest nodes of the integer graph and what is left to INT32."""
    rows = sorted(found["nodes"], key=lambda row: -row["bits"])[:MOST]
    words = f"The widest of {len(found['nodes']):,} nodes"
    return tag("p", escape(words)) + table(
        ("node", "operator", "bits", "left", "bound"), [(r["name"], r["op"], r["bits"], r["head_room"], f"{r['bound']:,}") for r in rows]
    )


def profile_still(found: Data, steps: list[Data]) -> str:
    """Where most of the error enters; `steps` are those of `session.profile.waterfall`."""
    if not found:
        return tag("p", "The errors have not been measured.")
    rows = sorted(steps, key=lambda step: -abs(step["share"]))
    return tag("p", escape(found["sentence"])) + table(("node", "operator", "share"), [(r["name"], r["op"], f"{r['share']:.1%}") for r in rows])
