"""What the machine computes for the float graph's tensors, on a few samples and while that graph is still being lowered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mrt_studio.cvm.machine import FastMachine
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array, Builder, Graph, Node, Ref, Variable
from mrt_studio.ops.lowering import Quantized

_BATCH = 8
"""Samples that run together."""


class MachineInputs:
    """Runs what was emitted for each float node; forgets what no node needs any more."""

    def __init__(self, graph: Graph, samples: Array, builder: Builder) -> None:
        """Take the float graph with one input, samples (n, ...) of it, and where it is lowered into."""
        self._graph, self._samples, self._builder = graph, samples, builder
        self._readers = {n.name: len(graph.consumers[n.name]) for n in graph.nodes}
        self._values: dict[str, tuple[Quantized, NDArray[np.int32]]] = {}

    def of(self, node: Node) -> Array:
        """The first input of `node` in real numbers; all nodes before it are done."""
        name = node.inputs[0].name
        if name in self._graph.params:
            return self._graph.params[name]
        value, codes = self._values[name]
        return np.asarray(codes / value.scale, np.float32)

    def done(self, node: Node, value: Quantized) -> None:
        """`node`, an input or an operator, became `value`; nobody asks for its input after it any more."""
        if self._readers[node.name]:
            codes = quantize_array(self._samples, value.scale, value.precision) if node.is_variable else self._run(value.ref)
            self._values[node.name] = value, codes.astype(np.int32)
        for name in {r.name for r in node.inputs}:
            self._readers[name] -= 1
            if not self._readers[name]:
                self._values.pop(name, None)

    def _run(self, target: Ref) -> Array:
        known = {value.ref: codes for value, codes in self._values.values()}
        if target in known:
            return known[target]
        part = _between(self._builder.graph((target,)), {value.ref: value.precision for value, _ in self._values.values()})
        machine = FastMachine(part)
        feeds = {_fed(ref): known[ref] for ref in known if _fed(ref) in part}
        starts = range(0, len(self._samples), _BATCH)
        return np.concatenate([machine.run({name: codes[i : i + _BATCH] for name, codes in feeds.items()})[0] for i in starts])


def _between(graph: Graph, known: Mapping[Ref, int]) -> Graph:
    """The part of an integer graph that leads from tensors of known precision, which become its inputs, to the output."""
    needed, read, waiting = set[str](), dict[Ref, None](), [graph.outputs[0].name]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            read |= dict.fromkeys(r for r in graph[name].inputs if r in known)
            waiting += [r.name for r in graph[name].inputs if r not in known]
    inputs = [Node(_fed(ref), Variable(known[ref]), (), (graph.shape(ref),)) for ref in read]
    rest = [replace(n, inputs=tuple(Ref(_fed(r)) if r in read else r for r in n.inputs)) for n in graph.nodes if n.name in needed]
    return Graph((*inputs, *rest), graph.outputs, {name: array for name, array in graph.params.items() if name in needed})


def _fed(ref: Ref) -> str:
    return f"{ref.name}:{ref.index} as it is"
