"""The graphs of a session's stages, their blocks, and which nodes of one stand for which of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mrt_studio.cvm.format import canonical
from mrt_studio.cvm.rules import INPUT
from mrt_studio.errors import ArtifactError
from mrt_studio.ir.blocks import Blocks, carry_blocks, find_blocks
from mrt_studio.ir.graph import Graph, Node
from mrt_studio.session.session import Session

GRAPHS = {"load": "original", "prepare": "prepared", "quantize": "quantized", "compile": "compiled"}
"""The stages whose artifact is a graph, in order, and what people call it."""


def stage_graph(session: Session, stage: str) -> Graph:
    """The graph that a stage made; each node's origin is in the graph of the stage before.

    Raises:
        ArtifactError: the stage has not run, or makes no graph.
    """
    if stage not in GRAPHS:
        raise ArtifactError(f"The stage {stage!r} has no graph.", remedy=f"Choose one of: {', '.join(GRAPHS)}.")
    artifact = session.artifact(stage)
    if stage == "compile":
        return _compiled(artifact.graph, stage_graph(session, "quantize"))
    return artifact.lowered.graph if stage == "quantize" else artifact.graph


def stage_blocks(session: Session, stage: str) -> Blocks:
    """The blocks of a stage's graph: those of the original, as far as its nodes are still there.

    Raises:
        ArtifactError: the stage has not run, or makes no graph.
    """
    graph = stage_graph(session, stage)
    found = find_blocks(stage_graph(session, "load"))
    for name in list(GRAPHS)[1:]:
        if name == stage:
            return carry_blocks(graph, found)
        if stage != "load":
            found = carry_blocks(stage_graph(session, name), found)
    return found


def shown(graph: Graph) -> list[Node]:
    """The nodes that are drawn: all but parameters."""
    return [n for n in graph.nodes if n.name not in graph.params]


def lineage(session: Session, source: str, target: str) -> dict[str, list[str]]:
    """For each drawn node of `source`'s graph those of `target`'s that stand for it, in order; it may be none or several.

    Raises:
        ArtifactError: one of the stages has not run.
    """
    place = _places(stage_graph(session, target))
    return {name: sorted(found & place.keys(), key=place.__getitem__) for name, found in _reached(session, source, target).items()}


def counterparts(session: Session, name: str, source: str, target: str) -> list[str]:
    """The nodes of `target`'s graph that stand for a node of `source`'s graph, through the lineage.

    Raises:
        ArtifactError: one of the stages has not run.
    """
    place = _places(stage_graph(session, target))
    return sorted(_reached(session, source, target, [name])[name] & place.keys(), key=place.__getitem__)


def tensor_of(session: Session, stage: str, name: str) -> str | None:
    """The tensor of the prepared model that a node of any stage belongs to."""
    found = [name] if stage == "prepare" else counterparts(session, name, stage, "prepare") if session.done("prepare") else []
    return found[-1] if found else None


def _reached(session: Session, source: str, target: str, names: Iterable[str] | None = None) -> dict[str, set[str]]:
    """From each name to the names it leads to, one stage after the other."""
    order = list(GRAPHS)
    at, goal = order.index(source), order.index(target)
    between = order[min(at, goal) : max(at, goal) + 1]
    if missing := [s for s in between if not session.done(s)]:
        raise ArtifactError("A stage has not run.", where=missing[0], remedy="Run the pipeline first.")
    reached = {name: {name} for name in (names if names is not None else (n.name for n in shown(stage_graph(session, source))))}
    steps = [_forward(stage_graph(session, s)) for s in between[1:]] if at < goal else [_backward(stage_graph(session, s)) for s in reversed(between[1:])]
    for step in steps:
        reached = {name: {there for here in found for there in step.get(here, ())} for name, found in reached.items()}
    return reached


def _forward(graph: Graph) -> Mapping[str, list[str]]:
    """From the nodes of the graph before to those of this one."""
    found: dict[str, list[str]] = {}
    for node in shown(graph):
        for origin in node.origin:
            found.setdefault(origin, []).append(node.name)
    return found


def _backward(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    return {node.name: node.origin for node in graph.nodes}


def _places(graph: Graph) -> dict[str, int]:
    return {node.name: i for i, node in enumerate(shown(graph))}


def _compiled(graph: Graph, quantized: Graph) -> Graph:
    """The compiled graph with the files' names, each node traced to the integer graph by its place."""
    found = canonical(graph)
    before = sorted(quantized.nodes, key=lambda node: node.name != INPUT)
    return replace(found, nodes=tuple(replace(n, origin=(old.name,), rule=old.rule) for n, old in zip(found.nodes, before, strict=True)))
