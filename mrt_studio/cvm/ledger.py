"""The precision ledger as data: where each tensor's bits come from, and how many are left to INT32.

A node's cause is the input whose bits decide its own: if every input had one bit less, the result would be narrower, but not
with this one as it is. If there are several, such as the equally wide inputs of a residual addition, it is the widest that is
computed. The chain of causes leads back to where the bits were last limited: a clip, a shift, a table, or a variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.cvm.ops.conv2d import Conv2d
from mrt_studio.cvm.ops.dense import Dense
from mrt_studio.cvm.proof import Row, prove
from mrt_studio.errors import StudioError
from mrt_studio.ir.graph import Graph, Node, Ref, Shape


@dataclass(frozen=True)
class Entry:
    """One node of the ledger.

    Attributes:
        name, op: the node and its operator; ``input`` and ``parameter`` for variables.
        input_bits: bits of the inputs that are computed, or of the first if all are parameters.
        weight_bits: bits of the inputs that are parameters.
        accumulation_bits: bits of the sum of products, before a bias; those of the result elsewhere.
        bits: proven bits of the result.
        bound: the largest magnitude it can have, 2**(bits-1) - 1.
        head_room: bits left to INT32.
        cause: the node whose bits decide these, or an empty text where the operator itself limits them.
        origin: nodes of the prepared model that this one stands for.
    """

    name: str
    op: str
    input_bits: tuple[int, ...]
    weight_bits: tuple[int, ...]
    accumulation_bits: int
    bits: int
    bound: int
    head_room: int
    cause: str
    origin: tuple[str, ...]


def ledger(graph: Graph) -> dict[str, Entry]:
    """The ledger of an integer graph, in its order; float operators on top have no entry.

    Raises:
        OverflowError32: a tensor could leave INT32.
    """
    rows = prove(graph, partly=True)
    return {node.name: _entry(graph, node, rows) for node in graph.nodes if node.name in rows}


def causes(entries: Mapping[str, Entry], name: str) -> Iterator[Entry]:
    """The chain of causes of a node's bits, from the node itself to where they were last limited."""
    while name:
        yield entries[name]
        name = entries[name].cause


def _entry(graph: Graph, node: Node, rows: Mapping[str, Row]) -> Entry:
    row = rows[node.name]
    bits = list(zip(node.inputs, row.inputs, strict=True))
    weights = tuple(b for ref, b in bits if ref.name in graph.params)
    computed = tuple(b for ref, b in bits if ref.name not in graph.params)
    kind = node.op.name if not node.is_variable else "parameter" if node.name in graph.params else "input"
    return Entry(node.name, kind, computed, weights, _accumulation(graph, node, row), row.bits, row.bound, row.head_room, _cause(graph, node, row), node.origin)


def _accumulation(graph: Graph, node: Node, row: Row) -> int:
    if isinstance(node.op, Conv2d | Dense) and node.op.use_bias:
        return replace(node.op, use_bias=False).bits(row.inputs[:2], tuple(graph.shape(r) for r in node.inputs[:2]))
    return row.bits


def _cause(graph: Graph, node: Node, row: Row) -> str:
    """The widest input that decides the result's bits; computed ones go before parameters."""
    if not isinstance(node.op, CvmOperator):
        return ""
    shapes = tuple(graph.shape(r) for r in node.inputs)
    narrow = _narrowed(node.op, node, row, shapes)
    for i in sorted(range(len(row.inputs)), key=lambda i: (node.inputs[i].name in graph.params, -row.inputs[i])):
        if narrow < _narrowed(node.op, node, row, shapes, kept=node.inputs[i]):
            return node.inputs[i].name
    return ""


def _narrowed(op: CvmOperator, node: Node, row: Row, shapes: tuple[Shape, ...], kept: Ref | None = None) -> int:
    """The result's bits if all inputs but `kept` had one bit less; as they are where a rule refuses that."""
    inputs = tuple(bits if ref == kept else max(1, bits - 1) for ref, bits in zip(node.inputs, row.inputs, strict=True))
    try:
        return op.all_bits(inputs, shapes)[0]
    except StudioError:  # such as a where whose condition is narrower than the values
        return row.bits
