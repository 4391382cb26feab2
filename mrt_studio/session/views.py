"""What a person looks at, as plain data: the pipeline's state, graphs, the table of tensors, one node.

Everything here is made of artifacts and JSON types, so that the app, the widgets and the command line
show the same numbers and need none of their own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mrt_studio.errors import ArtifactError, StudioError
from mrt_studio.ir.graph import Graph, Node, Shape
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER
from mrt_studio.stats.tensor_stats import TensorStats

Data = dict[str, Any]

GRAPHS = {"load": "original", "prepare": "prepared", "quantize": "quantized"}
"""The stages whose artifact is a graph, and what people call it."""


def pipeline(session: Session) -> list[Data]:
    """For each stage its name, title, whether it is done, what would run for it, its seconds and summary."""
    rows = list[Data]()
    for name in ORDER:
        row: Data = {"stage": name, "title": session[name].title, "help": (type(session[name]).__doc__ or "").strip(), "done": False, "problem": ""}
        try:
            session.key(name)  # raises when the model is not named or not there
            row["plan"] = list(session.plan(name))
            row["done"] = session.done(name)
            if row["done"]:
                row |= session.summary(name)
        except StudioError as error:
            row |= {"plan": [name], "problem": error.what}
        rows.append(row)
    return rows


def stage_graph(session: Session, stage: str) -> Graph:
    """The graph that a stage made; raises ArtifactError when it has not run."""
    artifact = session.artifact(stage)
    return artifact.lowered.graph if stage == "quantize" else artifact.graph


def graph_view(session: Session, stage: str) -> Data:
    """Nodes and edges for the graph view; parameters are listed on the operator that reads them.

    Raises:
        ArtifactError: the stage has not run.
    """
    graph = stage_graph(session, stage)
    outputs = {ref.name for ref in graph.outputs}
    shown = [n for n in graph.nodes if n.name not in graph.params]
    edges = dict.fromkeys((ref.name, n.name) for n in shown for ref in n.inputs if ref.name not in graph.params)
    return {"nodes": [_card(graph, n, n.name in outputs) for n in shown], "edges": [list(edge) for edge in edges]}


def tensor_rows(session: Session) -> list[Data]:
    """One row for each input and operator of the prepared model: threshold, and what quantization made of it.

    Raises:
        ArtifactError: the model is not prepared.
    """
    graph: Graph = session.artifact("prepare").graph
    observed = session.thresholds.observed()
    edited = session.thresholds.edited
    lowered: Any = session.artifact("quantize").lowered if session.done("quantize") else None
    made: Mapping[str, Any] = lowered.tensors if lowered else {}
    producers: dict[str, str] = {q.ref.name: name for name, q in made.items()}
    steps = defaultdict[str, list[Any]](list)
    for step in lowered.steps if lowered else ():
        # A second step starts where the first ended: it belongs to the same tensor.
        producer = producers.get(str(step.source), str(step.source))
        producers.setdefault(step.target, producer)
        steps[producer].append(step)
    rows = list[Data]()
    for node in graph.nodes:
        if node.name in graph.params:
            continue
        quantized, requantized = made.get(node.name), steps.get(node.name, [])
        rows.append(
            {
                "name": node.name,
                "op": "input" if node.is_variable else node.op.name,
                "shape": _times(node.shapes[0]),
                "threshold": edited.get(node.name, observed.get(node.name)),
                "observed": observed.get(node.name),
                "edited": node.name in edited,
                "precision": quantized.precision if quantized else None,
                "scale": quantized.scale if quantized else None,
                "multiplier": ", ".join(str(s.frac) for s in requantized if s.frac != 1),
                "shift": ", ".join(str(s.shift) for s in requantized if s.shift),
            }
        )
    return rows


def node_details(session: Session, stage: str, name: str) -> Data:
    """Everything known of one node: attributes, lineage, shapes, statistics, histogram.

    Raises:
        ArtifactError: the stage has not run, or its graph has no such node.
    """
    graph = stage_graph(session, stage)
    if name not in graph:
        raise ArtifactError(f"The {GRAPHS[stage]} graph has no node called {name!r}.")
    node = graph[name]
    details: Data = {
        "name": name,
        "op": _op_name(graph, node),
        "help": (type(node.op).__doc__ or "").strip().splitlines()[0],
        "attributes": node.op.attributes(),
        "inputs": [ref.name for ref in node.inputs],
        "consumers": [n.name for n in graph.consumers[name]],
        "shape": _times(node.shapes[0]) if node.shapes else "",
        "origin": [o for o in node.origin if o != name],
        "rule": node.rule,
    }
    tensor = tensor_of(session, stage, name)
    if tensor is not None and session.done("calibrate") and tensor in session.artifact("calibrate").stats:
        details["tensor"] = tensor
        details["statistics"] = statistics(session.artifact("calibrate").stats[tensor], session.thresholds[tensor])
    return details


def statistics(stats: TensorStats, threshold: float) -> Data:
    """Moments, extremes, the share beyond the threshold, and a histogram of at most 256 bars."""
    low, high = _occupied(stats)
    step = max(1, math.ceil((high - low) / 256))
    counts = stats.histogram.counts[low:high]
    bars = np.add.reduceat(counts, np.arange(0, len(counts), step)) if len(counts) else counts
    return {
        "min": stats.minimum,
        "max": stats.maximum,
        "mean": stats.mean,
        "std": stats.std,
        "samples": stats.samples,
        "clipped": clipped_share(stats, threshold),
        "edges": [float(stats.histogram.edges[low + i * step]) for i in range(len(bars))],
        "width": stats.histogram.width * step,
        "counts": [int(c) for c in bars],
    }


def clipped_share(stats: TensorStats, threshold: float) -> float:
    """The share of elements in the histogram's bins that lie wholly beyond the threshold."""
    edges = np.abs(stats.histogram.edges)
    beyond = np.minimum(edges[:-1], edges[1:]) >= threshold
    return float(stats.histogram.counts[beyond].sum() / stats.histogram.counts.sum())


def counterparts(session: Session, name: str, source: str, target: str) -> list[str]:
    """The nodes of `target`'s graph that stand for a node of `source`'s graph, through the lineage.

    Raises:
        ArtifactError: one of the stages has not run.
    """
    order = [s for s in GRAPHS if session.done(s)]
    if source not in order or target not in order:
        raise ArtifactError("A stage has not run.", remedy="Run the pipeline first.")
    names, at, goal = {name}, order.index(source), order.index(target)
    while at < goal:
        graph = stage_graph(session, order[at + 1])
        names = {n.name for n in graph.nodes if names & set(n.origin) and n.name not in graph.params}
        at += 1
    while at > goal:
        graph = stage_graph(session, order[at])
        names = {o for n in names if n in graph for o in graph[n].origin}
        at -= 1
    found = stage_graph(session, target)
    return [n.name for n in found.nodes if n.name in names and n.name not in found.params]


def tensor_of(session: Session, stage: str, name: str) -> str | None:
    """The tensor of the prepared model that a node of any stage belongs to."""
    found = [name] if stage == "prepare" else counterparts(session, name, stage, "prepare") if session.done("prepare") else []
    return found[-1] if found else None


def overlay(session: Session, stage: str, what: str) -> Data:
    """Numbers for the nodes of a stage's graph: ``threshold``, ``precision``, ``head room`` or ``scale``; log10 for scales.

    Raises:
        ArtifactError: the model is not quantized.
    """
    rows = {row["name"]: row for row in tensor_rows(session)}
    values: dict[str, float] = {}
    for node, tensor in _tensors(session, stage).items():
        row = rows.get(tensor)
        if row is None:
            continue
        if what in ("threshold", "scale") and row[what]:
            values[node] = math.log10(row[what])
        elif what in ("precision", "head room") and row["precision"]:
            values[node] = row["precision"] if what == "precision" else 32 - row["precision"]
    if not values:
        return {}
    label = {"threshold": "log10 threshold", "scale": "log10 scale", "precision": "precision (bit)", "head room": "bits left to INT32"}[what]
    return {"label": label, "values": values, "low": min(values.values()), "high": max(values.values())}


def _tensors(session: Session, stage: str) -> dict[str, str]:
    """For each node of a stage's graph the tensor of the prepared model that it belongs to."""
    prepared: Graph = session.artifact("prepare").graph
    if stage == "load":
        return {origin: n.name for n in prepared.nodes if n.name not in prepared.params for origin in n.origin}
    return {n.name: n.origin[-1] if stage == "quantize" and n.origin else n.name for n in stage_graph(session, stage).nodes}


def _card(graph: Graph, node: Node, is_output: bool) -> Data:
    category = getattr(type(node.op), "category", "other")
    kind = "input" if node.is_variable else "quantize" if node.rule == "requantize" else "output" if is_output and category == "other" else category
    params = [f"{_role(node, i)} {_times(graph.params[ref.name].shape)}" for i, ref in enumerate(node.inputs) if ref.name in graph.params]
    return {
        "id": node.name,
        "name": node.name,
        "op": _op_name(graph, node),
        "kind": kind,
        "shape": _times(node.shapes[0]) if node.shapes else "",
        "params": params,
        "badge": _badge(node),
    }


def _badge(node: Node) -> str:
    precision = getattr(node.op, "precision", None)
    return f"{precision} bit" if isinstance(precision, int) else ""


def _role(node: Node, index: int) -> str:
    names: Sequence[str] = getattr(type(node.op), "input_names", ())
    if index < len(names):
        return names[index]
    return ("data", "weight", "bias")[index] if getattr(type(node.op), "category", "") in ("conv", "dense") else "constant"


def _op_name(graph: Graph, node: Node) -> str:
    if node.is_variable:
        return "parameter" if node.name in graph.params else "input"
    return node.op.name.removeprefix("cvm.")


def _times(shape: Shape) -> str:
    return " x ".join(map(str, shape))


def _occupied(stats: TensorStats) -> tuple[int, int]:
    """The range of bins that hold something."""
    filled = np.flatnonzero(stats.histogram.counts)
    return (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, 0)
