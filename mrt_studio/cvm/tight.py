"""Tight bounds: how large values can really get with these parameters, where the ledger only knows their bits.

The runtime infers bits from bits, so a sum of products counts every weight as if it were the largest. With the weights
themselves the bound of a filter is that of its input times the sum of its weights' magnitudes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.cvm.ops.shared.no_twin import NoTwin
from mrt_studio.cvm.proof import Row, bound_of
from mrt_studio.ir.graph import Graph, Node


def tight_bounds(graph: Graph, rows: Mapping[str, Row]) -> dict[str, int]:
    """A bound on the first output of each node that has a row, never above the ledger's; in the graph's order."""
    found: dict[str, int] = {}
    for node in graph.nodes:
        if node.name in rows:
            found[node.name] = min(rows[node.name].bound, _certified(graph, rows, found, node))
    return found


def _certified(graph: Graph, rows: Mapping[str, Row], found: Mapping[str, int], node: Node) -> int:
    array = graph.params.get(node.name)
    if array is not None and array.size:
        return max(abs(int(np.min(array))), abs(int(np.max(array))))
    if not isinstance(node.op, CvmOperator) or isinstance(node.op, NoTwin):
        return rows[node.name].bound
    bounds = tuple(found[ref.name] if ref.index == 0 else bound_of(rows, ref) for ref in node.inputs)
    return node.op.largest(bounds, tuple(graph.shape(r) for r in node.inputs), tuple(graph.params.get(r.name) for r in node.inputs))
