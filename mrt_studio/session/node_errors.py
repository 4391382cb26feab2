"""Where an integer model's error comes from: nodes alone, together, and shares.

A node's integers are those that `Lowered.tensors` names; bringing its inputs to the bits it takes is part of the node.
Three questions are answered for each node of the prepared graph, on the same samples:

* isolated: its inputs are the float model's, so its error is its own;
* cumulative: its inputs are the machine's, as in the whole integer model;
* effect: its isolated error is put into the float model, and the outputs are looked at.

Where all readers of a node clip it, as ReLU6 does, the machine limits it near there too: errors are those within these bounds.

Shares add up: the nodes are replaced by their integers one after the other, in order, and the outputs change a little
each time. These changes d_k sum to the whole error d; the share of a node is <d_k, d> / <d, d>.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mrt_studio.cvm.lower import Lowered
from mrt_studio.cvm.machine import FastMachine
from mrt_studio.engine import Replay
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array, Graph, Node, Ref, Variable
from mrt_studio.metrics.base import metrics
from mrt_studio.ops.lowering import Quantized
from mrt_studio.passes.clipped import clipped
from mrt_studio.session.samples import chosen_batch
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Report, Silent

MEASURES = ("sqnr", "cosine", "mse", "max_error")
REST = "(outputs)"
"""The row of what happens to the outputs after the last node: their own requantization."""


@dataclass(frozen=True)
class NodeError:
    """One node's errors.

    Attributes:
        name, op: of the prepared graph; the input has the operator ``input``.
        isolated, cumulative: measure -> value, None where it has no meaning.
        effect: SQNR in dB of the first output with only this node in integers; None for an error of zero.
        share: of the first output's squared error; all shares sum to one.
    """

    name: str
    op: str
    isolated: Mapping[str, float | None]
    cumulative: Mapping[str, float | None]
    effect: float | None
    share: float


def session_errors(session: Session, samples: int | None = None, report: Report | None = None) -> list[NodeError]:
    """The errors of a quantized session on the first `samples` it is evaluated on, or on those that are chosen.

    Raises:
        StudioError: a stage before it cannot run.
        DataError: the data set has too few samples.
    """
    report = report or Silent()
    lowered = session.run("quantize", report).lowered
    return node_errors(session.artifact("prepare").graph, lowered, chosen_batch(session, samples).data, report)


def node_errors(prepared: Graph, lowered: Lowered, data: Array, report: Report | None = None) -> list[NodeError]:
    """The errors of each node on a batch (n, ...), in the prepared graph's order.

    Raises:
        ModelError: MXNet refuses an operator.
    """
    report = report or Silent()
    entry = prepared.inputs[0].name
    floats = Replay(prepared, {entry: data})
    points = points_of(prepared, lowered)
    alone, together, final = _alone(prepared, lowered, floats), *machine_tensors(lowered, entry, data)
    expected = floats.outputs()[0]
    whole = (final - expected).astype(np.float64)
    power = float((whole**2).sum())
    rows, mixed, before, bounds = list[NodeError](), floats, expected, clipped(prepared)
    for count, node in enumerate(points):
        report.progress(count, len(points), node.name)
        bound = bounds.get(node.name, np.inf)
        real, own, found = (np.clip(x, -bound, bound) for x in (floats.value(node.name), alone[node.name], together[node.name]))
        # Nodes up to this one hold their integers already: what this one changes below it never reaches them again.
        mixed = mixed.replaced(node.name, together[node.name])
        after = mixed.outputs()[0]
        share = float(((after - before) * whole).sum()) / power if power else 0.0
        effect = metrics["sqnr"]().value(expected, floats.replaced(node.name, alone[node.name]).outputs()[0], None)
        rows.append(
            NodeError(
                node.name,
                "input" if node.is_variable else node.op.name,
                _measured(real, own),
                _measured(real, found),
                _finite(effect),
                share,
            )
        )
        before = after
    rest = float(((final - before) * whole).sum()) / power if power else 0.0
    report.progress(len(points), len(points), "done")
    return [*rows, NodeError(REST, "output", {}, _measured(expected, final), None, rest)]


def points_of(prepared: Graph, lowered: Lowered) -> list[Node]:
    """The nodes whose tensors have integers that stand for them, in order, without parameters."""
    return [n for n in prepared.nodes if n.name not in prepared.params and n.name in lowered.tensors]


def _alone(prepared: Graph, lowered: Lowered, floats: Replay) -> dict[str, Array]:
    """Each tensor as its node computes it from exact inputs, in real numbers."""
    cut, sources = _cut(lowered, [n.name for n in prepared.nodes if n.name not in prepared.params])
    feeds = {_fed(name): quantize_array(floats.value(name), q.scale, q.precision) for name, q in sources.items()}
    found = dict(zip(cut.outputs, FastMachine(cut).run(feeds), strict=True))
    return {name: _real(found[q.ref] if q.ref in found else feeds[_fed(name)], q) for name, q in lowered.tensors.items() if name not in prepared.params}


def machine_tensors(lowered: Lowered, entry: str, data: Array) -> tuple[dict[str, Array], Array]:
    """Each tensor as the machine computes it, and the first output, in real numbers."""
    source = lowered.inputs[entry]
    feed = quantize_array(data, source.scale, source.precision)
    tensors = {name: q for name, q in lowered.tensors.items() if not lowered.graph[q.ref.name].is_variable}
    refs = tuple(dict.fromkeys([q.ref for q in tensors.values()] + [q.ref for q in lowered.outputs]))
    outputs = FastMachine(replace(lowered.graph, outputs=refs)).run({source.ref.name: feed})
    found = dict(zip(refs, outputs, strict=True))
    real = {name: _real(found[q.ref], q) for name, q in tensors.items()}
    return {**real, entry: _real(feed, source)}, _real(found[lowered.outputs[0].ref], lowered.outputs[0])


def _cut(lowered: Lowered, names: list[str]) -> tuple[Graph, dict[str, Quantized]]:
    """The integer graph with every read of a node's tensor turned into a read of an input of its own; and the tensors so fed."""
    graph = lowered.graph
    sources = dict[Ref, str]()
    for name in names:
        if name in lowered.tensors and lowered.tensors[name].ref.name not in graph.params:
            sources.setdefault(lowered.tensors[name].ref, name)
    fed = {name: lowered.tensors[name] for name in sources.values()}
    inputs = [Node(_fed(name), Variable(q.precision), (), (graph.shape(q.ref),)) for name, q in fed.items()]
    own = {graph.inputs[0].name} if graph.inputs else set[str]()
    rest = [replace(n, inputs=tuple(Ref(_fed(sources[r])) if r in sources else r for r in n.inputs)) for n in graph.nodes if n.name not in own]
    outputs = tuple(ref for ref in sources if ref.name not in own)
    return Graph((*inputs, *rest), outputs, graph.params), fed


def _fed(name: str) -> str:
    return f"{name} in float"


def _real(integers: Array, q: Quantized) -> Array:
    return (integers / q.scale).astype(np.float32)


def _measured(expected: Array, found: Array) -> dict[str, float | None]:
    return {name: _finite(metrics[name]().value(expected, found, None)) for name in MEASURES}


def _finite(value: Any) -> Any:
    """Without noise there is no ratio."""
    return None if value is not None and not np.isfinite(value) else value
