"""Where the runtime's back ends disagree about non_max_suppression, so that no graph may go there."""

from __future__ import annotations

from mrt_studio.cvm.ops.non_max_suppression import NonMaxSuppression
from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Graph, Node


def check_suppression(graph: Graph, node: Node, op: NonMaxSuppression) -> None:
    """Refuse a use of the operator that the CPU back end computes differently.

    Raises:
        UnsupportedError: there are several samples, no row is asked for, or rows beyond `top_k` are read elsewhere.
    """
    boxes = node.inputs[0]
    samples, rows, _ = graph.shape(boxes)
    if samples > 1:
        raise _refused(
            node,
            f"It is given {samples} samples.",
            "The runtime's CPU back end leaves the samples after one without boxes unwritten.",
            "Compile for one sample at a time.",
        )
    if op.max_output_size == 0:
        raise _refused(
            node, "It has max_output_size=0.", "The runtime's CPU back end takes 0 for no limit, its other back ends for no rows.", "Use -1 or more than 0."
        )
    readers = sum(r == boxes for n in graph.nodes for r in n.inputs) + sum(r == boxes for r in graph.outputs)
    if 0 < op.top_k < rows and (graph[boxes.name].is_variable or readers > 1):
        raise _refused(
            node,
            f"It has top_k={op.top_k}, and its boxes {boxes.name!r} are an input, a parameter, or read elsewhere.",
            "The runtime's CPU back end overwrites the boxes beyond top_k in place.",
            "Give it the output of an operator of its own, or leave top_k at -1.",
        )


def _refused(node: Node, what: str, why: str, remedy: str) -> UnsupportedError:
    return UnsupportedError(f"The operator non_max_suppression cannot be compiled. {what}", where=f"{node.op.name} {node.name!r}", why=why, remedy=remedy)
