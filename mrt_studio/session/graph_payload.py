"""A graph as the front end draws it: nodes, edges and blocks, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from mrt_studio.errors import OptionError
from mrt_studio.ir.blocks import Blocks, find_blocks
from mrt_studio.ir.graph import Graph, Node, Shape
from mrt_studio.session.graphs import GRAPHS, shown, stage_blocks, stage_graph
from mrt_studio.session.session import Session

Data = dict[str, Any]


def graph_view(session: Session, stage: str) -> Data:
    """The graph of a stage, for the graph view.

    Raises:
        ArtifactError: the stage has not run, or makes no graph.
    """
    return payload(stage_graph(session, stage), stage_blocks(session, stage))


def payload_of(source: Any, stage: str = "") -> Data:
    """The graph of a session's stage (the last one that ran unless named), of a model, or the graph itself.

    Raises:
        ArtifactError: the stage has not run.
        OptionError: the source is something else.
    """
    if isinstance(source, Session):
        done = [name for name in GRAPHS if source.done(name)]
        return graph_view(source, stage or (done[-1] if done else "load"))
    graph = source if isinstance(source, Graph) else getattr(source, "graph", None)
    if not isinstance(graph, Graph):
        raise OptionError(f"A {type(source).__name__} has no graph to show.", remedy="Give a Model, a Graph or a Session.")
    return payload(graph, find_blocks(graph))


def payload(graph: Graph, blocks: Blocks) -> Data:
    """Nodes, edges with the shapes that pass them, and blocks; parameters are listed on the operator that reads them."""
    outputs = {ref.name for ref in graph.outputs}
    nodes = shown(graph)
    edges: dict[tuple[str, str], str] = {}
    for node in nodes:
        for ref in node.inputs:
            if ref.name not in graph.params:
                shapes = graph[ref.name].shapes
                edges.setdefault((ref.name, node.name), times(shapes[ref.index]) if ref.index < len(shapes) else "")
    return {
        "nodes": [{**_card(graph, n, n.name in outputs), "block": blocks.of[n.name]} for n in nodes],
        "edges": [[tail, head, shape] for (tail, head), shape in edges.items()],
        "blocks": [asdict(block) for block in blocks.blocks],
    }


def times(shape: Shape) -> str:
    """A shape as text, such as ``1 x 3 x 224 x 224``."""
    return " x ".join(map(str, shape))


def op_name(graph: Graph, node: Node) -> str:
    """What the node's operator is called."""
    if node.is_variable:
        return "parameter" if node.name in graph.params else "input"
    return node.op.name.removeprefix("cvm.")


def _card(graph: Graph, node: Node, is_output: bool) -> Data:
    category = getattr(type(node.op), "category", "other")
    kind = "input" if node.is_variable else "quantize" if node.rule == "requantize" else "output" if is_output and category == "other" else category
    params = [f"{_role(node, i)} {times(graph.params[ref.name].shape)}" for i, ref in enumerate(node.inputs) if ref.name in graph.params]
    return {
        "id": node.name,
        "name": node.name,
        "op": op_name(graph, node),
        "kind": kind,
        "shape": times(node.shapes[0]) if node.shapes else "",
        "params": params,
        "badge": _badge(node),
        "attrs": dict(node.op.attributes()),
    }


def _badge(node: Node) -> str:
    precision = getattr(node.op, "precision", None)
    return f"{precision} bit" if isinstance(precision, int) else ""


def _role(node: Node, index: int) -> str:
    names: Sequence[str] = getattr(type(node.op), "input_names", ())
    if index < len(names):
        return names[index]
    return ("data", "weight", "bias")[index] if getattr(type(node.op), "category", "") in ("conv", "dense") and index < 3 else "constant"
