"""Gas: what running a compiled graph costs, counted as the runtime counts it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.errors import OverflowError32, UnsupportedError
from mrt_studio.ir.graph import Graph, Node, Ref, Variable

ELEMENT_LIMIT = 1 << 30
"""The most operations for one element of an output."""
TOTAL_LIMIT = 1 << 40
"""The most operations of a graph, and the most memory cost."""

_PER_ELEMENT = 5


@dataclass(frozen=True)
class Gas:
    """The cost of a graph.

    Attributes:
        nodes: node name -> its operations and its memory cost together.
        operations: base operations of the machine, over all nodes.
        memory: five for each element of each tensor.
    """

    nodes: Mapping[str, int]
    operations: int
    memory: int

    @property
    def total(self) -> int:
        """What the chain charges."""
        return self.operations + self.memory


def gas(graph: Graph) -> Gas:
    """Count the gas of a graph.

    Raises:
        OverflowError32: a limit of the runtime is exceeded.
    """
    nodes, operations, memory = dict[str, int](), 0, 0
    for node in graph.nodes:
        sizes = [math.prod(graph.shape(Ref(node.name, i))) for i in range(node.op.outputs)]
        work, cost = _base_ops(graph, node) * sizes[0], _PER_ELEMENT * sum(sizes)
        nodes[node.name] = work + cost
        operations, memory = operations + work, memory + cost
        _check(operations, TOTAL_LIMIT, "operations of the graph", node)
        _check(memory, TOTAL_LIMIT, "units of memory cost", node)
    return Gas(nodes, operations, memory)


def _base_ops(graph: Graph, node: Node) -> int:
    """Operations for one element of the output; variables have none."""
    if isinstance(node.op, Variable):
        return 0
    if not isinstance(node.op, CvmOperator):
        raise UnsupportedError(f"{node.op.name} is no operator of the Cortex virtual machine.", where=node.name, remedy="Quantize the whole model.")
    per_element = node.op.base_ops(tuple(graph.shape(r) for r in node.inputs))
    _check(per_element, ELEMENT_LIMIT, "operations for one output element", node)
    return per_element


def _check(count: int, limit: int, what: str, node: Node) -> None:
    if count > limit:
        raise OverflowError32(
            f"At {count:,}, the {what} exceed {limit:,}.",
            where=f"{node.op.name} {node.name!r}",
            why="The Cortex virtual machine refuses to run more.",
            remedy="Compile with a smaller batch or a smaller input.",
        )
