"""Overlays that only need the graph: operators and parameters."""

from __future__ import annotations

from mrt_studio.session.graph_payload import op_name
from mrt_studio.session.graphs import shown, stage_graph
from mrt_studio.session.overlays.base import overlay
from mrt_studio.session.session import Session


@overlay("operator", scale="category")
def operators_of(session: Session, stage: str) -> dict[str, str]:
    """The operator of each node."""
    graph = stage_graph(session, stage)
    return {n.name: op_name(graph, n) for n in shown(graph)}


@overlay("parameters", scale="log", adds_up=True)
def parameters_of(session: Session, stage: str) -> dict[str, float]:
    """How many numbers each node's parameters hold; shared ones count at their first reader."""
    graph = stage_graph(session, stage)
    counted, found = set[str](), dict[str, float]()
    for node in graph.operators:
        own = {r.name for r in node.inputs if r.name in graph.params} - counted
        counted |= own
        found[node.name] = sum(graph.params[name].size for name in own)
    return found
