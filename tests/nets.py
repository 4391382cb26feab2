"""Small float graphs, and the way from one to integers without the stages: what tests of the numeric core share."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from mrt_studio.cvm.emulate import to_symbol
from mrt_studio.cvm.format import read_artifact, write_artifact
from mrt_studio.cvm.lower import Lowered, lower
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.proof import bound_of, prove
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.engine import Executor, Stepper
from mrt_studio.fixedpoint import int_range, quantize_array
from mrt_studio.ir.graph import Array, Builder, Graph, Ref
from mrt_studio.ops.base import make
from mrt_studio.passes.base import passes
from mrt_studio.stages.prepare import PASSES

Feeds = Mapping[str, Array]


def rng_of(seed: int) -> np.random.Generator:
    """Return a generator whose numbers depend on the seed alone."""
    return np.random.default_rng(seed)


def built(write: Callable[[Builder, Callable[..., Ref]], Any], seed: int = 0) -> Graph:
    """Return the graph that `write(builder, param)` emits; ``param(name, *shape)`` adds a normally distributed parameter."""
    b, rng = Builder(make), rng_of(seed)

    def param(name: str, *shape: int, value: Any = None) -> Ref:
        array = rng.standard_normal(shape) if value is None else np.broadcast_to(np.asarray(value), shape)
        return b.param("", array.astype(np.float32), name=name)

    out = write(b, param)
    return b.graph([out] if isinstance(out, Ref) else out)


def prepared(graph: Graph) -> Graph:
    """Apply all passes."""
    graph = graph.with_own_origin()
    for name in PASSES:
        graph = passes[name]().run(graph)
    return graph


def floats(graph: Graph, feeds: Feeds) -> list[Array]:
    """Return what MXNet computes."""
    return Executor.of(graph).forward(feeds)


def thresholds_of(graph: Graph, feeds: Feeds) -> dict[str, float]:
    """Return the largest magnitude of every tensor on this data: what absmax would choose."""
    found = {name: float(abs(x).max()) for name, x in {**graph.params, **{n.name: feeds[n.name] for n in graph.inputs}}.items()}
    return found | {node.name: float(abs(x).max()) for node, x in Stepper(graph).run(feeds)}


def lowered(graph: Graph, thresholds: Mapping[str, float], **options: Any) -> Lowered:
    """Lower with MRT's requantizer, if no other is given."""
    return lower(graph, thresholds, **{"requantizer": ShiftMultiply(), **options})


def integers(model: Lowered, feeds: Feeds) -> dict[str, Array]:
    """Return the machine's inputs for float data."""
    return {name: quantize_array(feeds[name], q.scale, q.precision) for name, q in model.inputs.items()}


def extremes(graph: Graph, seed: int) -> dict[str, Array]:
    """Return integer inputs of which most lie at the ends of their precision."""
    rng, feeds = rng_of(seed), {}
    for node in graph.inputs:
        high = int_range(node.op.precision)
        feeds[node.name] = rng.choice([high, high, -high, -high, high - 1, 1, 0, -1], node.shapes[0]).astype(np.int64)
    return feeds


def check_exact(graph: Graph, feeds: Feeds) -> list[Array]:
    """Run an integer graph in every way there is, assert that all bits agree and stay within the proof; returns the outputs."""
    return check_exact_on(graph, [feeds])[0]


def check_exact_on(graph: Graph, several: Sequence[Feeds]) -> list[list[Array]]:
    """Do what `check_exact` does for several feeds; returns the outputs for each."""
    rows, ways = prove(graph), ways_to_run(graph)
    expected = [run_reference(graph, feeds) for feeds in several]
    for feeds, outputs in zip(several, expected, strict=True):
        for ref, out in zip(graph.outputs, outputs, strict=True):
            assert out.shape == graph.shape(ref)
            assert abs(out).max(initial=0) <= bound_of(rows, ref)
        for run in ways:
            assert all(np.array_equal(a, b) for a, b in zip(outputs, run(feeds), strict=True))
    return expected


def ways_to_run(graph: Graph) -> list[Callable[[Feeds], list[Array]]]:
    """Return all that must agree with the reference: the fast machine, the emulation, and both machines on what compiling writes."""
    ways = [FastMachine(graph).run, emulation_of(graph)]
    if [n.name for n in graph.inputs] == ["data"]:
        read = read_artifact(*write_artifact(graph))
        ways += [partial(run_reference, read), FastMachine(read).run]
    return ways


def emulation_of(graph: Graph) -> Callable[[Feeds], list[Array]]:
    """Return a function that runs the float64 emulation, and asserts that it yields whole numbers."""
    emulation = to_symbol(graph)
    limits = {n.name: int_range(n.op.precision) for n in graph.inputs}
    executor = Executor(emulation.symbol, emulation.params, emulation.input_types)

    def run(feeds: Feeds) -> list[Array]:
        data = {name: np.clip(x, -limits[name], limits[name]).astype(np.float64) for name, x in feeds.items()}
        outputs = executor.forward(data)
        assert all(np.array_equal(out, np.rint(out)) for out in outputs)
        return [out.astype(np.int64) for out in outputs]

    return run
