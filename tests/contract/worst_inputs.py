"""A search for inputs that drive the tensors of an integer graph to the ends of their proven ranges.

For every tensor the input that took it farthest is kept. Each step changes one of these inputs, and keeps the changed one for every
tensor that it takes farther. So sums find inputs whose signs are those of their weights, and divisions small divisors.
"""

from collections.abc import Mapping

import numpy as np

from mrt_studio.cvm.machine import trace
from mrt_studio.cvm.proof import bound_of, prove
from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Array, Graph, Ref
from tests.nets import rng_of


class Search:
    """The farthest share of its bound that each tensor has reached, and the input that did it."""

    def __init__(self, graph: Graph, seed: int = 0) -> None:
        self.graph, self.rng = graph, rng_of(seed)
        rows = prove(graph)
        self.bounds = {Ref(n.name, i): bound_of(rows, Ref(n.name, i)) for n in graph.operators for i in range(n.op.outputs)}
        self.shares: dict[Ref, float] = {}
        self.inputs: dict[Ref, dict[str, Array]] = {}

    def run(self, first: list[Mapping[str, Array]], steps: int) -> None:
        """Try the given inputs, then `steps` changed ones."""
        for feeds in first:
            self._try(dict(feeds))
        tensors = list(self.shares)
        for _ in range(steps):
            self._try(self._changed(self.inputs[tensors[self.rng.integers(len(tensors))]]))

    def _try(self, feeds: dict[str, Array]) -> None:
        for ref, value in trace(self.graph, feeds):
            share = int(abs(value).max()) / max(self.bounds[ref], 1)
            if share > self.shares.get(ref, -1.0):
                self.shares[ref], self.inputs[ref] = share, feeds

    def _changed(self, feeds: dict[str, Array]) -> dict[str, Array]:
        """Some elements set to an end, to zero or to their opposite: a few, a run of neighbours, or many."""
        changed = {name: x.astype(np.int64) for name, x in feeds.items()}
        for node in self.graph.inputs:
            flat, high = changed[node.name].reshape(-1), int_range(node.op.precision)
            if self.rng.random() < 0.5:
                chosen = self.rng.random(flat.size) < 2.0 ** -self.rng.integers(0, 8)
            else:
                chosen = np.arange(flat.size) // max(1, flat.size >> self.rng.integers(0, 8)) == self.rng.integers(0, 4)
            values = (np.full_like(flat, high), np.full_like(flat, -high), np.zeros_like(flat), -flat, self.rng.choice([high, -high], flat.size))
            changed[node.name] = np.where(chosen, values[self.rng.integers(len(values))], flat).reshape(node.shapes[0])
        return changed
