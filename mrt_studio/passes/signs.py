"""Which tensors of a float graph can never be negative."""

from __future__ import annotations

from mrt_studio.ir.graph import Graph
from mrt_studio.ops.base import Operator


def nonnegative(graph: Graph) -> frozenset[str]:
    """The nodes whose first output is never negative: parameters by their values, operators by their own rule.

    Inputs of the graph are not among them, whatever their data.
    """
    found = set[str]()
    for node in graph.nodes:
        array = graph.params.get(node.name)
        if array is not None:
            proven = not (array < 0).any()
        else:
            proven = isinstance(node.op, Operator) and node.op.nonnegative(tuple(r.index == 0 and r.name in found for r in node.inputs))
        if proven:
            found.add(node.name)
    return frozenset(found)
