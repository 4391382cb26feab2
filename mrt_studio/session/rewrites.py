"""Each rewrite of prepare and of the lowering: the rule, the nodes before and after, and the reason in a sentence."""

from __future__ import annotations

import inspect
from typing import Any

from mrt_studio.ir.graph import Graph, Node
from mrt_studio.ops.base import operators
from mrt_studio.passes.base import passes
from mrt_studio.session.graphs import shown, stage_graph
from mrt_studio.session.session import Session
from mrt_studio.stages.prepare import PASSES

Data = dict[str, Any]

REASONS = {
    "input": "The input becomes integers at the full range of its precision.",
    "requantize": "The tensor is brought to the bits that its readers take.",
}
"""Rules of the lowering that are no operator's."""


def rewrites(session: Session) -> list[Data]:
    """The rewrites in order: {"stage", "rule", "before", "after", "reason"}; ids before are in the graph of the stage before.

    Those of prepare come first, then those of the lowering if the model is quantized.

    Raises:
        ArtifactError: the model is not prepared.
    """
    found = _steps("prepare", stage_graph(session, "load"), stage_graph(session, "prepare"))
    found.sort(key=lambda step: PASSES.index(step["rule"]) if step["rule"] in PASSES else len(PASSES))
    if session.done("quantize"):
        found += _steps("quantize", stage_graph(session, "prepare"), stage_graph(session, "quantize"))
    return found


def reason_of(node: Node, before: Graph) -> str:
    """Why the rule that made a node did so, in a sentence; empty when no rule did."""
    if node.rule in REASONS:
        return REASONS[node.rule]
    if node.rule == "legalize":
        sources = [before[o] for o in node.origin if o in before]
        texts = [_first_line(getattr(type(s.op), "prepare", None)) for s in sources if hasattr(s.op, "prepare")]
        return texts[-1] if texts and texts[-1] else _first_line(inspect.getmodule(passes["legalize"]))
    if node.rule in passes:
        return _first_line(inspect.getmodule(passes[node.rule]))
    return _first_line(operators[node.rule].quantize) if node.rule in operators else ""


def _steps(stage: str, before: Graph, after: Graph) -> list[Data]:
    """The nodes that one rule made of the same origins are one rewrite."""
    groups: dict[tuple[str, tuple[str, ...]], list[Node]] = {}
    for node in shown(after):
        if node.rule:
            groups.setdefault((node.rule, node.origin), []).append(node)
    drawn = {n.name for n in shown(before)}
    found = [
        {"stage": stage, "rule": rule, "before": [o for o in origin if o in drawn], "after": [n.name for n in made], "reason": reason_of(made[0], before)}
        for (rule, origin), made in groups.items()
    ]
    reached = {o for n in shown(after) for o in n.origin}
    gone = [n for n in shown(before) if n.name not in reached and stage == "prepare"]
    return found + [{"stage": stage, "rule": "legalize", "before": [n.name], "after": [], "reason": _gone(n)} for n in gone]


def _gone(node: Node) -> str:
    return _first_line(getattr(type(node.op), "prepare", None)) or "It computes nothing that is needed any more."


def _first_line(thing: Any) -> str:
    lines = (inspect.getdoc(thing) or "").strip().splitlines()
    return lines[0] if lines else ""
