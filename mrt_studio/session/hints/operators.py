"""Operators without an integer form."""

from __future__ import annotations

from collections.abc import Iterator

from mrt_studio.session.hints.base import Hint, rules
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import verdict


@rules.register("operators")
def unsupported(session: Session) -> Iterator[Hint]:
    """Nodes that cannot become integers, and the split that goes round them."""
    found = verdict(session)
    keys = list(found.get("split_keys", ()))
    if not found or found["passed"] or not found["problems"] or session["prepare"].options()["split_keys"] == keys:
        return
    first = found["problems"][0]
    yield Hint(
        rule="operators",
        node=first["node"],
        what=f"{len(found['problems'])} operators cannot become integers; the first is {first['op']} {first['node']}.",
        why=first["why"],
        action=f"Split at {', '.join(keys)}" if keys else "",
        change={"prepare": {"split_keys": keys}} if keys else {},
        blocks=True,
    )
