"""What a person looks at, as plain data: the pipeline's state, the table of tensors, one node.

Everything here is made of artifacts and JSON types, so that the app, the widgets and the command line
show the same numbers and need none of their own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from mrt_studio.errors import ArtifactError, StudioError
from mrt_studio.ir.graph import Graph
from mrt_studio.session.edits import wide_names
from mrt_studio.session.graph_payload import op_name, times
from mrt_studio.session.graphs import GRAPHS, stage_graph, tensor_of
from mrt_studio.session.lab_data import clipped
from mrt_studio.session.session import Session
from mrt_studio.stages.base import ORDER
from mrt_studio.stats.tensor_stats import TensorStats

Data = dict[str, Any]


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


def tensor_rows(session: Session) -> list[Data]:
    """One row for each input and operator of the prepared model: threshold, and what quantization made of it.

    Raises:
        ArtifactError: the model is not prepared.
    """
    graph: Graph = session.artifact("prepare").graph
    observed = session.thresholds.observed()
    edited, observers, wide = session.thresholds.edited, session["quantize"].options()["observers"], wide_names(session)
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
                "shape": times(node.shapes[0]),
                "threshold": edited.get(node.name, observed.get(node.name)),
                "observed": observed.get(node.name),
                "edited": node.name in edited,
                "observer": observers.get(node.name, ""),
                "wide": node.name in wide,
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
        "op": op_name(graph, node),
        "help": (type(node.op).__doc__ or "").strip().splitlines()[0],
        "attributes": node.op.attributes(),
        "inputs": [ref.name for ref in node.inputs],
        "consumers": [n.name for n in graph.consumers[name]],
        "shape": times(node.shapes[0]) if node.shapes else "",
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
        "clipped": clipped(stats, threshold)[0],
        "edges": [float(stats.histogram.edges[low + i * step]) for i in range(len(bars))],
        "width": stats.histogram.width * step,
        "counts": [int(c) for c in bars],
    }


def _occupied(stats: TensorStats) -> tuple[int, int]:
    """The range of bins that hold something."""
    filled = np.flatnonzero(stats.histogram.counts)
    return (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, 0)
