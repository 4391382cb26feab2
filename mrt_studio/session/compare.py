"""What became of a graph from one stage to another: what was added, removed and changed, and by which rule."""

from __future__ import annotations

import itertools
from typing import Any

from mrt_studio.ir.graph import Graph, Node
from mrt_studio.session.graph_payload import op_name, times
from mrt_studio.session.graphs import GRAPHS, counterparts, lineage, shown, stage_graph
from mrt_studio.session.rewrites import reason_of
from mrt_studio.session.session import Session

Data = dict[str, Any]


def diff(session: Session, before: str, after: str) -> Data:
    """The structural difference between two stages' graphs, in the order of the pipeline.

    Returns:
        {"before", "after", "added", "removed", "changed"}: the stages, and rows of ids. Added and changed rows have `id`
        (in the later graph), `from` (ids in the earlier one), `rule` and `reason`; changed rows also `what`, a list of
        sentences. Removed rows have `id` (in the earlier graph), `into` (ids in the later one that took it in), `rule` and
        `reason`.

    Raises:
        ArtifactError: one of the stages has not run.
    """
    order = list(GRAPHS)
    before, after = sorted((before, after), key=order.index)
    old, new = stage_graph(session, before), stage_graph(session, after)
    forward, backward = lineage(session, before, after), lineage(session, after, before)
    stages = order[order.index(before) : order.index(after) + 1]
    main = _mains(session, stages)
    heirs = {source: name for name, source in reversed(main.items()) if source} | {name: name for name, source in main.items() if name == source}
    added, changed = list[Data](), list[Data]()
    for node in shown(new):
        source = main[node.name]
        row: Data = {"id": node.name, "from": backward[node.name], "rule": node.rule, "reason": reason_of(node, old)}
        if not source or heirs[source] != node.name:
            added.append(row)
        elif what := _changes(old, old[source], new, node):
            changed.append({**row, "what": what})
    removed = [_removed(session, n.name, forward[n.name], stages) for n in shown(old) if n.name not in heirs]
    return {"before": before, "after": after, "added": added, "removed": removed, "changed": changed}


def _mains(session: Session, stages: list[str]) -> dict[str, str]:
    """For each drawn node of the last stage the node of the first that it mostly is, or an empty text."""
    found = {n.name: n.name for n in shown(stage_graph(session, stages[-1]))}
    for here, there in itertools.pairwise(reversed(stages)):
        new, old = stage_graph(session, here), stage_graph(session, there)
        sources = lineage(session, here, there)
        owner = {name: _main(new[name], names, old, new) for name, names in sources.items() if here != "quantize" or new[name].rule != "requantize"}
        found = {name: owner.get(at, "") for name, at in found.items()}
    return found


def _main(node: Node, sources: list[str], old: Graph, new: Graph) -> str:
    """The source of the same name, or of the same operator, or the only one."""
    if node.name in sources:
        return node.name
    alike = [s for s in sources if op_name(old, old[s]) == op_name(new, node)]
    return alike[-1] if alike else sources[0] if len(sources) == 1 else ""


def _removed(session: Session, name: str, into: list[str], stages: list[str]) -> Data:
    """A node that nothing mostly is any more; it was taken in by the first one on the way that has several origins."""
    for before, after in itertools.pairwise(stages):
        graph = stage_graph(session, after)
        for taker in (graph[there] for there in counterparts(session, name, stages[0], after)):
            if len(taker.origin) > 1:
                return {"id": name, "into": into, "rule": taker.rule, "reason": reason_of(taker, stage_graph(session, before))}
    return {"id": name, "into": into, "rule": "", "reason": "It computes nothing that is needed any more."}


def _changes(old: Graph, a: Node, new: Graph, b: Node) -> list[str]:
    """What is different, as short sentences."""
    found = list[str]()
    if op_name(old, a) != op_name(new, b):
        found.append(f"operator {op_name(old, a)} becomes {op_name(new, b)}")
    elif a.op.attributes() != b.op.attributes():
        mine, theirs = a.op.attributes(), b.op.attributes()
        found += [f"{key}: {_text(mine.get(key))} becomes {_text(theirs.get(key))}" for key in sorted({*mine, *theirs}) if mine.get(key) != theirs.get(key)]
    if a.shapes and b.shapes and a.shapes[0] != b.shapes[0]:
        found.append(f"shape {times(a.shapes[0])} becomes {times(b.shapes[0])}")
    ours, others = _parameters(old, a), _parameters(new, b)
    if ours != others:
        found.append(f"parameters {_text(', '.join(ours))} become {_text(', '.join(others))}")
    return found


def _parameters(graph: Graph, node: Node) -> list[str]:
    """Type, shape and precision of each parameter."""
    found = list[str]()
    for ref in node.inputs:
        if ref.name in graph.params:
            precision = getattr(graph[ref.name].op, "precision", None)
            kind = f"{precision} bit" if precision else str(graph.params[ref.name].dtype)
            found.append(f"{times(graph.params[ref.name].shape) or 'scalar'} of {kind}")
    return found


def _text(value: str | None) -> str:
    return value if value else "none"
