"""The error profile as plain data: errors along the depth, where they enter, and the samples that they are measured on."""

from __future__ import annotations

from typing import Any

from mrt_studio.session.analysis import stored, stored_errors
from mrt_studio.session.bands import LIMITS
from mrt_studio.session.node_errors import REST, NodeError
from mrt_studio.session.samples import MOST, chosen
from mrt_studio.session.session import Session

Data = dict[str, Any]

ENOUGH = 0.75
"""The nodes that are named cause so much of the error, unless they are too many."""
NAMED = 5


def errors(session: Session) -> Data:
    """What the analyses found for the current options; empty if one of them has not run.

    Returns:
        rows: one a node, in order: name, op, isolated, cumulative and effect (SQNR in dB, None without an error) and share of
        the output's squared error; the last row is that of the outputs. sentence: where most of the error enters. main: the
        nodes that it means. limits: from where SQNR is good and fair. samples: names of those measured on. tensors: see `channel_errors`.
    """
    found, inside = stored_errors(session), stored(session, "channels")
    if not found or not inside:
        return {}
    rows = [_row(error) for error in found]
    main = main_nodes(rows)
    return {"rows": rows, "main": [row["name"] for row in main], "sentence": sentence(rows, main), "limits": list(LIMITS["sqnr"]), **inside}


def main_nodes(rows: list[Data]) -> list[Data]:
    """The fewest nodes that cause three quarters of the output's error together, at most five; largest first."""
    named, total = list[Data](), 0.0
    for row in sorted(rows, key=lambda row: -row["share"]):
        if total >= ENOUGH or len(named) == NAMED or row["share"] <= 0:
            break
        named.append(row)
        total += row["share"]
    return named


def sentence(rows: list[Data], main: list[Data]) -> str:
    """Such as: 78 % of the error enters at these 3 nodes."""
    if not main:
        return "There is no error at the output."
    where = "this node" if len(main) == 1 else f"these {len(main)} nodes"
    return f"{100 * sum(row['share'] for row in main):.0f} % of the error enters at {where}, of {len(rows) - 1}."


def waterfall(rows: list[Data], most: int = 12) -> list[Data]:
    """The largest shares in the order of the nodes, and the sum of all others as the last step.

    Each step has name, op, share, and start, the sum of the shares before it; all shares sum to one.
    """
    largest = sorted(rows, key=lambda row: -abs(row["share"]))[:most]
    shown = [row for row in rows if row in largest]
    others = len(rows) - len(shown)
    rest = sum(row["share"] for row in rows) - sum(row["share"] for row in shown)
    steps = [{"name": row["name"], "op": row["op"], "share": row["share"]} for row in shown]
    if others:
        steps.append({"name": "", "op": f"{others} others", "share": rest})
    start = 0.0
    for step in steps:
        step["start"] = start
        start += step["share"]
    return steps


def sample_rows(session: Session) -> Data:
    """The samples of the evaluation that can be chosen.

    Returns:
        rows: position, name and sqnr of the outputs in dB of each, in the data set's order; empty before the evaluation.
        chosen: positions of those that errors are measured on. most: how many can be.
    """
    start = session["evaluate"].options()["start"]
    found = session.artifact("evaluate").rows if session.done("evaluate") else ()
    rows = [{"position": start + i, "name": row["sample"], "sqnr": row["sqnr"]} for i, row in enumerate(found)]
    return {"rows": rows, "chosen": list(chosen(session)), "most": MOST}


def node_error(session: Session, tensor: str) -> NodeError | None:
    """The errors of one tensor, if they were measured."""
    return next((row for row in stored_errors(session) or () if row.name == tensor), None)


def _row(error: NodeError) -> Data:
    return {
        "name": "" if error.name == REST else error.name,
        "op": "outputs" if error.name == REST else error.op,
        "isolated": error.isolated.get("sqnr"),
        "cumulative": error.cumulative.get("sqnr"),
        "effect": error.effect,
        "share": error.share,
    }
