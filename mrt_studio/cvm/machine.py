"""Run an integer graph exactly: a reference on int64 arrays, and a fast path that is proven equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from mrt_studio.cvm.emulate import to_symbol
from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.cvm.proof import prove
from mrt_studio.engine import Executor
from mrt_studio.errors import DataError, UnsupportedError
from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Array, Graph, Node, Variable


def trace(graph: Graph, feeds: Mapping[str, Array]) -> Iterator[tuple[Node, Array]]:
    """Run the reference; yields every operator with its int64 result and frees results after their last reader.

    Inputs beyond their precision are clipped, as the runtime does.

    Raises:
        DataError: an input is missing, is not of integers, or has another shape than the graph's.
        UnsupportedError: a node is no operator of the machine.
    """
    values: dict[str, Array] = {}
    readers = {name: len(nodes) for name, nodes in graph.consumers.items()}
    for node in graph.nodes:
        if isinstance(node.op, Variable):
            values[node.name] = _variable(graph, node, node.op, feeds)
            continue
        if not isinstance(node.op, CvmOperator):
            raise UnsupportedError(f"{node.op.name} is no operator of the Cortex virtual machine.", where=node.name)
        values[node.name] = node.op.run(*(values[r.name] for r in node.inputs))
        yield node, values[node.name]
        for name in {r.name for r in node.inputs}:
            readers[name] -= 1
            if not readers[name]:
                del values[name]


def run_reference(graph: Graph, feeds: Mapping[str, Array]) -> list[Array]:
    """The outputs of the reference, int64."""
    wanted = {ref.name for ref in graph.outputs}
    kept = {node.name: value for node, value in trace(graph, feeds) if node.name in wanted}
    for node in graph.nodes:
        if isinstance(node.op, Variable) and node.name in wanted:
            kept[node.name] = _variable(graph, node, node.op, feeds)
    return [kept[ref.name] for ref in graph.outputs]


class FastMachine:
    """The same results through MXNet's float kernels; see cvm/emulate.py for why they are equal."""

    def __init__(self, graph: Graph) -> None:
        """Prove the graph and translate it; raises OverflowError32 when it has no proof."""
        prove(graph)
        self._graph = graph
        emulation = to_symbol(graph, fast=True)
        self._executor = Executor(emulation.symbol, emulation.params, emulation.input_types)

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        """The outputs, int64.

        Raises:
            DataError: an input is missing, is not of integers, or has another shape than the graph's.
        """
        data = {n.name: _variable(self._graph, n, n.op, feeds) for n in self._graph.inputs if isinstance(n.op, Variable)}
        return [out.astype(np.int64) for out in self._executor.forward(data)]


def _variable(graph: Graph, node: Node, op: Variable, feeds: Mapping[str, Array]) -> Array:
    if node.name in graph.params:
        return graph.params[node.name].astype(np.int64)
    if node.name not in feeds:
        raise DataError(f"The input {node.name!r} got no data.")
    x = feeds[node.name]
    if x.dtype.kind not in "iu":
        raise DataError(f"The input {node.name!r} must hold integers, not {x.dtype}.", remedy="Scale and round it with the model's input scale.")
    if node.shapes and x.shape[1:] != node.shapes[0][1:]:
        raise DataError(
            f"The input {node.name!r} has the shape {x.shape}, but the model takes {node.shapes[0]}.",
            where=node.name,
            why="Bounds are proven for that shape; only the number of samples may differ.",
            remedy="Change the data's size, or prepare the model for another input shape.",
        )
    limit = int_range(op.precision or 32)
    return np.clip(x.astype(np.int64), -limit, limit)
