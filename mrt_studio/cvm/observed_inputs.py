"""The inputs of a graph's layers on a few samples, in the graph's order."""

from __future__ import annotations

from mrt_studio.engine import compute
from mrt_studio.ir.graph import Array, Graph, Node, Ref


class ObservedInputs:
    """Runs the float graph node by node; forgets what no layer needs any more."""

    def __init__(self, graph: Graph, samples: Array) -> None:
        """Take a prepared graph with one input, and samples (n, ...)."""
        self._graph = graph
        self._values: dict[Ref, Array] = {Ref(graph.inputs[0].name): samples}
        self._readers = {n.name: len(graph.consumers[n.name]) for n in graph.nodes}

    def of(self, node: Node) -> Array:
        """The first input of `node`; all nodes before it are done."""
        return self._value(node.inputs[0])

    def done(self, node: Node) -> None:
        """Run `node`; nobody asks for its input after it any more."""
        if self._readers[node.name]:
            for index, value in enumerate(compute(node, [self._value(r) for r in node.inputs])):
                self._values[Ref(node.name, index)] = value
        for name in {r.name for r in node.inputs}:
            self._readers[name] -= 1
            if not self._readers[name]:
                for index in range(self._graph[name].op.outputs):
                    self._values.pop(Ref(name, index), None)

    def _value(self, ref: Ref) -> Array:
        return self._graph.params[ref.name] if ref.name in self._graph.params else self._values[ref]
