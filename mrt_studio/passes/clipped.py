"""Which tensors of a float graph are read only by operators that clip them, so that larger values make no difference."""

from __future__ import annotations

from mrt_studio.ir.graph import Graph
from mrt_studio.ops.elementwise.clip import Clip


def clipped(graph: Graph) -> dict[str, float]:
    """The magnitude beyond which all readers of a node clip it, for the nodes that have one; ReLU6 clips at 6."""
    outputs = {ref.name for ref in graph.outputs}
    found = dict[str, float]()
    for node in graph.operators:
        bounds = [max(abs(r.op.a_min), abs(r.op.a_max)) for r in graph.consumers[node.name] if isinstance(r.op, Clip)]
        if node.name not in outputs and 0 < len(bounds) == len(graph.consumers[node.name]):
            found[node.name] = max(bounds)
    return found
