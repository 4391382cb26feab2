"""The precision ledger: a bound for every tensor of an integer graph, or the node and the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.errors import OverflowError32, StudioError, UnsupportedError
from mrt_studio.fixedpoint import INT32_BITS, int_range
from mrt_studio.ir.graph import Array, Graph, Node, Ref, Variable


@dataclass(frozen=True)
class Row:
    """One line of the ledger.

    Attributes:
        name: the node.
        op: its operator, or ``null`` for inputs and parameters.
        inputs: bits of each input.
        outputs: proven bits of each output: |x| <= 2**(bits-1) - 1.
    """

    name: str
    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def bits(self) -> int:
        """The bits of the first output."""
        return self.outputs[0]

    @property
    def head_room(self) -> int:
        """Bits left to INT32."""
        return INT32_BITS - self.bits

    @property
    def bound(self) -> int:
        """The largest magnitude the first output can have."""
        return int_range(self.bits)


def bits_of(rows: Mapping[str, Row], ref: Ref) -> int:
    """The proven bits of one output of a node."""
    return rows[ref.name].outputs[ref.index]


def bound_of(rows: Mapping[str, Row], ref: Ref) -> int:
    """The largest magnitude of one output of a node."""
    return int_range(bits_of(rows, ref))


Known = tuple[Graph, Mapping[str, Row]]
"""A graph with its rows."""


def prove(graph: Graph, *, partly: bool = False, known: Known | None = None) -> Mapping[str, Row]:
    """Bound every tensor by the machine's precision rules; node name -> row, in the graph's order.

    With `partly`, float operators on top of the integer ones (a merged model) have no row instead of being refused.
    Rows of nodes that are the same objects in a graph that is proven already, on inputs with the same rows, are taken over.

    Raises:
        OverflowError32: a tensor could leave INT32 or a limit of the machine; names node, bound and remedy.
        UnsupportedError: a node is no operator of the machine.
    """
    rows: dict[str, Row] = {}
    for node in graph.nodes:
        if partly and not _is_integer(node, rows):
            continue
        try:
            if known is not None and (row := _taken_over(graph, node, rows, *known)) is not None:
                rows[node.name] = row
                continue
            inputs = tuple(bits_of(rows, r) for r in node.inputs)
            rows[node.name] = Row(node.name, node.op.name, inputs, _bits(graph, node, inputs))
        except StudioError as error:
            error.at(node.op.name, node.name)
            raise
    return rows


def _taken_over(graph: Graph, node: Node, rows: Mapping[str, Row], other: Graph, proven: Mapping[str, Row]) -> Row | None:
    """The row that a node has in another graph, if it must have the same here."""
    there = other.get(node.name)
    if node.is_variable:
        # Its array decides, which a lowering that starts in the middle keeps while it makes the node anew.
        same = there is not None and there.op == node.op and graph.params.get(node.name) is other.params.get(node.name)
    else:
        same = there is node and all(rows[r.name] is proven.get(r.name) for r in node.inputs)
    return proven.get(node.name) if same else None


def _is_integer(node: Node, rows: Mapping[str, Row]) -> bool:
    if isinstance(node.op, Variable):
        return node.op.precision is not None
    return isinstance(node.op, CvmOperator) and all(r.name in rows for r in node.inputs)


def _bits(graph: Graph, node: Node, inputs: tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(node.op, Variable):
        return (_variable_bits(node, node.op, graph.params.get(node.name)),)
    if not isinstance(node.op, CvmOperator):
        raise UnsupportedError(
            f"{node.op.name} is a float operator, which the Cortex virtual machine does not have.", remedy="Quantize the whole model, or split it there."
        )
    return node.op.all_bits(inputs, tuple(graph.shape(r) for r in node.inputs))


def _variable_bits(node: Node, op: Variable, array: Array | None) -> int:
    """A variable's declared precision, checked against its values."""
    if op.precision is None or not 1 <= op.precision <= INT32_BITS:
        raise OverflowError32(f"{node.name!r} declares no precision between 1 and {INT32_BITS} bits.", remedy="Quantize the model again.")
    if array is not None and array.size:
        if array.dtype.kind not in "iu":
            raise OverflowError32(f"The parameter {node.name!r} holds {array.dtype}, not integers.", remedy="Quantize the model first.")
        largest = max(abs(int(np.min(array))), abs(int(np.max(array))))
        if largest > int_range(op.precision):
            raise OverflowError32(f"The parameter {node.name!r} reaches {largest}, beyond its {op.precision} bits.", remedy="Quantize the model again.")
    return op.precision
