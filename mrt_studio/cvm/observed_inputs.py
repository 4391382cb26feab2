"""The inputs of a graph's layers on a few samples, in the graph's order."""

from __future__ import annotations

import numpy as np

from mrt_studio.engine import compute
from mrt_studio.ir.graph import Array, Graph, Node, Ref
from mrt_studio.ops.layers.convolution import Convolution


class ObservedInputs:
    """Runs the float graph node by node; forgets what no layer needs any more."""

    def __init__(self, graph: Graph, samples: Array) -> None:
        """Take a prepared graph with one input, and samples (n, ...)."""
        self._graph = graph
        self._values: dict[Ref, Array] = {Ref(graph.inputs[0].name): samples}
        self._readers = {n.name: len(graph.consumers[n.name]) for n in graph.nodes}
        self._rounded: dict[str, tuple[Array, Array]] = {}

    def of(self, node: Node) -> Array:
        """The first input of `node`; all nodes before it are done."""
        return self._value(node.inputs[0])

    def replace(self, node: Node, weight: Array, less: Array) -> None:
        """Give a layer another weight (O, ...), and results that are `less` (O,)."""
        self._rounded[node.name] = weight, less

    def done(self, node: Node) -> None:
        """Run `node`; nobody asks for its input after it any more."""
        if self._readers[node.name]:
            for index, value in enumerate(self._run(node)):
                self._values[Ref(node.name, index)] = value
        for name in {r.name for r in node.inputs}:
            self._readers[name] -= 1
            if not self._readers[name]:
                for index in range(self._graph[name].op.outputs):
                    self._values.pop(Ref(name, index), None)

    def _run(self, node: Node) -> list[Array]:
        inputs = [self._value(r) for r in node.inputs]
        if node.name not in self._rounded:
            return compute(node, inputs)
        weight, less = self._rounded.pop(node.name)
        (out,) = compute(node, [inputs[0], weight, *inputs[2:]])
        behind = out.ndim - 2 if isinstance(node.op, Convolution) else 0
        return [out - less.astype(np.float32).reshape(-1, *(1,) * behind)]

    def _value(self, ref: Ref) -> Array:
        return self._graph.params[ref.name] if ref.name in self._graph.params else self._values[ref]
