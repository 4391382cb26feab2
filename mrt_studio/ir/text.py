"""The graph as text: one aligned line a node, for golden tests and diffs."""

from __future__ import annotations

from mrt_studio.ir.graph import Graph, Node, Ref

_WIDEST = 48
"""Columns are not padded beyond this, so that one long attribute does not push all others away."""


def to_text(graph: Graph) -> str:
    """Write one line a node, and the outputs at the end.

    The columns are name, operator with attributes, inputs, shapes and lineage. The lineage is
    ``<- origins (rule)`` and left out where a node is its own origin. Unknown shapes are ``?``.
    """
    rows = [_row(graph, node) for node in graph.nodes]
    widths = [min(max((len(row[i]) for row in rows), default=0), _WIDEST) for i in range(4)]
    lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip() for row in rows]
    return "\n".join([*lines, f"outputs: {_refs(graph.outputs)}", ""])


def _row(graph: Graph, node: Node) -> tuple[str, str, str, str, str]:
    kind = node.op.name
    if node.is_variable:
        kind = f"param {graph.params[node.name].dtype}" if node.name in graph.params else "input"
    attributes = ", ".join(f"{key}={text}" for key, text in node.op.attributes().items())
    shapes = " ".join("x".join(map(str, shape)) or "()" for shape in node.shapes) or "?"
    lineage = "" if node.origin == (node.name,) else f"<- {', '.join(node.origin)}"
    if node.rule:
        lineage = f"{lineage or '<-'} ({node.rule})"
    return node.name, f"{kind}({attributes})" if attributes else kind, _refs(node.inputs), shapes, lineage


def _refs(refs: tuple[Ref, ...]) -> str:
    return ", ".join(f"{ref.name}[{ref.index}]" if ref.index else ref.name for ref in refs)
