"""Split keys on a graph: what lies below and above them, what is wrong with them, and where they could be.

Everything before the keys is the base, which becomes integers; everything after them is the top, which stays in float.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import median
from typing import Any

from mrt_studio.errors import StudioError
from mrt_studio.ir.block_cuts import cut
from mrt_studio.ir.block_flow import Flow
from mrt_studio.ir.graph import Graph, with_input_shapes
from mrt_studio.ir.split import keys_below, reaching
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import FloatOnly, make
from mrt_studio.session.graph_payload import times
from mrt_studio.session.graphs import shown, stage_graph
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import verdict

Data = dict[str, Any]

EXPLOSION = 100.0
"""A threshold so many times the median of its neighbours' is a range explosion: more than six bits between them."""
MOST_PROBLEMS = 8
MOST_CANDIDATES = 12


def split_of(session: Session, keys: Sequence[str]) -> Data:
    """What keys mean for the session's original model; shapes, thresholds and the check are used where they are known.

    Raises:
        ArtifactError: the model is not loaded.
    """
    graph = stage_graph(session, "load")
    checked = {problem["node"]: problem["why"] for problem in verdict(session).get("problems", ())}
    return split_view(_with_shapes(session, graph), keys, _thresholds(session), {**refusals(graph), **checked})


def split_view(graph: Graph, keys: Sequence[str], thresholds: Mapping[str, float] | None = None, refused: Mapping[str, str] | None = None) -> Data:
    """Look at split keys: {"keys", "base", "top", "problems", "shapes", "around", "candidates"}.

    `around` are the keys that together go round all that is refused, the same that a check of the model names.

    Args:
        graph: a float graph.
        keys: names of operators.
        thresholds: node of the graph -> threshold, where it is known.
        refused: node of the graph -> why it cannot become integers; without it, what the operators themselves say.
    """
    refused = refusals(graph) if refused is None else refused
    known = [key for key in dict.fromkeys(keys) if key in graph and not graph[key].is_variable]
    base = reaching(graph, set(known), stop=set())
    top, bypass = _above(graph, known, base) if known else (set[str](), [])
    problems = [f"There is no operator called {key!r}." for key in dict.fromkeys(keys) if key not in known]
    read = {r for n in graph.nodes if n.name in top for r in n.inputs} | set(graph.outputs)
    problems += [f"The key {key!r} is not read above the other keys." for key in known if key not in {r.name for r in read}]
    problems += [f"More than the first output of the key {key!r} is read." for key in known if any(r.index and r.name == key for r in read)]
    problems += bypass
    problems += [f"{graph[name].op.name} {name!r} would stay below, but cannot become integers. {why}".strip() for name, why in refused.items() if name in base]
    shapes = {key: times(graph[key].shapes[0]) for key in known if graph[key].shapes}
    return {
        "keys": known,
        "base": [n.name for n in shown(graph) if n.name in base],
        "top": [n.name for n in shown(graph) if n.name in top - base],
        "problems": problems[:MOST_PROBLEMS],
        "shapes": shapes,
        "around": list(keys_below(graph, refused)),
        "candidates": candidates(graph, thresholds or {}, refused),
    }


def candidates(graph: Graph, thresholds: Mapping[str, float], refused: Collection[str]) -> list[Data]:
    """Where to split: the keys that go round what is refused, and single keys below that and below range explosions, with reasons."""
    found: dict[str, str] = {}
    around = keys_below(graph, refused)
    if around:
        kinds = _kinds(graph, refused)
        found = dict.fromkeys(around, f"With the other keys offered for it, it goes round {kinds}." if len(around) > 1 else f"It goes round {kinds}.")
        if single := _last_cut(graph, refused):
            found.setdefault(single, f"The only way to {kinds}.")
    for name, times_more in explosions(graph, thresholds).items():
        if single := _last_cut(graph, {name}):
            found.setdefault(single, f"Below {name!r}, whose values are {times_more:,.0f} times as large as those around it.")
    return [{"id": name, "why": why} for name, why in list(found.items())[:MOST_CANDIDATES]]


def explosions(graph: Graph, thresholds: Mapping[str, float]) -> dict[str, float]:
    """The nodes whose threshold is more than `EXPLOSION` times the median of those they read and are read by, and how many times."""
    found = dict[str, float]()
    for node in graph.operators:
        around = {*(r.name for r in node.inputs), *(n.name for n in graph.consumers[node.name])} - set(graph.params)
        known = [thresholds[name] for name in around if thresholds.get(name, 0) > 0]
        if known and (ratio := thresholds.get(node.name, 0) / median(known)) > EXPLOSION:
            found[node.name] = ratio
    return found


def refusals(graph: Graph) -> dict[str, str]:
    """The operators that have no integer form at all, and why."""
    return {n.name: n.op.why for n in graph.operators if isinstance(n.op, Unknown | FloatOnly)}


def _kinds(graph: Graph, names: Collection[str]) -> str:
    kinds = list(dict.fromkeys(n.op.name for n in graph.operators if n.name in names))
    return kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:3])}{' and others' if len(kinds) > 3 else ''}"


def _above(graph: Graph, keys: Sequence[str], base: set[str]) -> tuple[set[str], list[str]]:
    """What the outputs need without going through a key, and a sentence for each way round the keys."""
    stop = set(keys)
    found = reaching(graph, {r.name for r in graph.outputs}, stop=stop) - stop
    drawn = {name for name in found if name not in graph.params}
    return drawn, [f"A path from the input {start!r} avoids the keys: it passes {name!r}." for name, start in _ways_round(graph, stop, base, found).items()]


def _ways_round(graph: Graph, keys: set[str], base: set[str], found: set[str]) -> dict[str, str]:
    """The operators where a path that avoids the keys leaves the base, and the input that it comes from."""
    origin = {n.name: n.name for n in graph.inputs if n.name in found}
    ways = dict[str, str]()
    for node in graph.operators:
        sources = [r.name for r in node.inputs if r.name in origin]
        if node.name in keys or node.name not in found or not sources:
            continue
        origin[node.name] = origin[sources[0]]
        if node.name not in base and any(s in base or graph[s].is_variable for s in sources):
            ways[node.name] = origin[node.name]
    # Where an output lies in the base itself, no node is above it: the output is the node to name.
    return ways or {r.name: origin[r.name] for r in graph.outputs if r.name in origin}


def _last_cut(graph: Graph, names: Collection[str]) -> str:
    """The last operator below `names` that everything passes, or an empty text."""
    flow = Flow.of(graph)
    order = {n.name: i for i, n in enumerate(flow.nodes)}
    first = min(order[name] for name in names)
    alone = [segment[0] for segment in cut(flow, range(len(flow.nodes))) if len(segment) == 1 and segment[0] < first]
    return flow.nodes[alone[-1]].name if alone else ""


def _with_shapes(session: Session, graph: Graph) -> Graph:
    """The graph with shapes, if the session's input shape fits it."""
    shape = session["prepare"].options().get("input_shape", (-1, 3, 224, 224))
    try:
        return with_input_shapes(graph, make, {n.name: tuple(1 if s == -1 else s for s in shape) for n in graph.inputs})
    except StudioError:
        return graph


def _thresholds(session: Session) -> dict[str, float]:
    """The thresholds in force, at the nodes of the original graph."""
    if not (session.done("prepare") and session.done("calibrate")):
        return {}
    thresholds = dict(session.thresholds)
    return {origin: thresholds[n.name] for n in shown(stage_graph(session, "prepare")) if n.name in thresholds for origin in n.origin}
