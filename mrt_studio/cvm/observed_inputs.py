"""The float inputs of a graph's layers on a few samples, in the graph's order."""

from __future__ import annotations

from mrt_studio.engine import Stepper
from mrt_studio.ir.graph import Array, Graph, Node, Ref


class ObservedInputs:
    """Runs the float graph as far as is asked for; forgets what no layer needs any more."""

    def __init__(self, graph: Graph, samples: Array) -> None:
        """Take a prepared graph with one input, and samples (n, ...)."""
        name = graph.inputs[0].name
        self._steps = Stepper(graph).run({name: samples})
        self._values: dict[str, Array] = {name: samples}
        self._params = graph.params
        self._readers = {n.name: len(graph.consumers[n.name]) for n in graph.nodes}

    def of(self, node: Node) -> Array:
        """The first input of `node`; nodes are asked for in the graph's order, each once."""
        name = node.inputs[0].name
        if name in self._params:
            return self._params[name]
        while name not in self._values:
            made, value = next(self._steps)
            if self._readers[made.name]:
                self._values[made.name] = value
        return self._values[name]

    def forget(self, refs: tuple[Ref, ...]) -> None:
        """A node with these inputs has been lowered."""
        for name in {r.name for r in refs}:
            self._readers[name] -= 1
            if not self._readers[name]:
                self._values.pop(name, None)
