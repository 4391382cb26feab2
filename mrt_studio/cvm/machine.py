"""Run an integer graph exactly: a reference on int64 arrays, and a fast path that is proven equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from mrt_studio.cvm.emulate import to_symbol
from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.cvm.ops.shared.no_twin import NoTwin
from mrt_studio.cvm.proof import prove
from mrt_studio.engine import Executor
from mrt_studio.errors import DataError, UnsupportedError
from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Array, Graph, Node, Ref, Variable
from mrt_studio.ir.split import part


def trace(graph: Graph, feeds: Mapping[str, Array]) -> Iterator[tuple[Ref, Array]]:
    """Run the reference; yields each output of every operator, int64, and frees a node's outputs after its last reader.

    Inputs beyond their precision are clipped, as the runtime does.

    Raises:
        DataError: an input is missing, is not of integers, or has another shape than the graph's.
        UnsupportedError: a node is no operator of the machine.
    """
    values: dict[Ref, Array] = {}
    readers = {name: len(nodes) for name, nodes in graph.consumers.items()}
    for node in graph.nodes:
        if isinstance(node.op, Variable):
            values[Ref(node.name)] = _variable(graph, node, node.op, feeds)
            continue
        if not isinstance(node.op, CvmOperator):
            raise UnsupportedError(f"{node.op.name} is no operator of the Cortex virtual machine.", where=node.name)
        for index, value in enumerate(node.op.run_all(*(values[r] for r in node.inputs))):
            values[Ref(node.name, index)] = value
            yield Ref(node.name, index), value
        for name in {r.name for r in node.inputs}:
            readers[name] -= 1
            if not readers[name]:
                for index in range(graph[name].op.outputs):
                    del values[Ref(name, index)]


def run_reference(graph: Graph, feeds: Mapping[str, Array]) -> list[Array]:
    """The outputs of the reference, int64."""
    wanted = set(graph.outputs)
    kept = {ref: value for ref, value in trace(graph, feeds) if ref in wanted}
    for node in graph.nodes:
        if isinstance(node.op, Variable) and Ref(node.name) in wanted:
            kept[Ref(node.name)] = _variable(graph, node, node.op, feeds)
    return [kept[ref] for ref in graph.outputs]


class FastMachine:
    """The same results through MXNet's float kernels; see cvm/emulate.py for why they are equal.

    Operators that have no twin there, and all that depend on them, run through the reference.
    """

    def __init__(self, graph: Graph) -> None:
        """Prove the graph and translate it; raises OverflowError32 when it has no proof."""
        prove(graph)
        self._graph, self._top = _divide(graph)
        emulation = to_symbol(self._graph, fast=True)
        self._executor = Executor(emulation.symbol, emulation.params, emulation.input_types)

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        """The outputs, int64.

        Raises:
            DataError: an input is missing, is not of integers, or has another shape than the graph's.
        """
        data = {n.name: _variable(self._graph, n, n.op, feeds) for n in self._graph.inputs if isinstance(n.op, Variable)}
        outputs = [out.astype(np.int64) for out in self._executor.forward(data)]
        if not self._top.operators:
            return outputs
        return run_reference(self._top, dict(zip((ref.name for ref in self._graph.outputs), outputs, strict=True)))


def _divide(graph: Graph) -> tuple[Graph, Graph]:
    """The part that MXNet can run, and what reads its outputs: operators without a twin and all that depend on them."""
    above = set[str]()
    for node in graph.operators:
        if isinstance(node.op, NoTwin) or any(r.name in above for r in node.inputs):
            above.add(node.name)
    if not above:
        return graph, Graph((), ())
    top = [node for node in graph.nodes if node.name in above]
    read = dict.fromkeys(ref for ref in (*(r for node in top for r in node.inputs), *graph.outputs) if ref.name not in above)
    inputs = (Node(ref.name, Variable()) for ref in read)
    return part(graph, read), Graph((*inputs, *top), graph.outputs)


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
