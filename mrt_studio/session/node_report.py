"""All that the inspector says of a node besides its statistics: bits, weights, channels, errors, and the samples that saturate it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mrt_studio.errors import StudioError
from mrt_studio.ir.graph import Graph
from mrt_studio.session.bands import LIMITS, band_of, limits_text, verdict_of
from mrt_studio.session.graph_payload import times
from mrt_studio.session.node_errors import MEASURES
from mrt_studio.session.precision import why, widest_of
from mrt_studio.session.profile import node_error
from mrt_studio.session.session import Session
from mrt_studio.session.views import statistics
from mrt_studio.stats.tensor_stats import TensorStats

Data = dict[str, Any]

BINS = 64
"""Channels beyond so many are taken together with their neighbours."""
WORST = 5
"""So many samples are named."""
TITLES = {"sqnr": "SQNR", "cosine": "Cosine", "mse": "Mean squared error", "max_error": "Largest error"}


def node_report(session: Session, stage: str, name: str, tensor: str) -> Data:
    """What is known of a node and of the tensor of the prepared model that it belongs to; what is not known is left out.

    Returns:
        bits: the chain of causes of its bits (see `precision.why`). source: where its threshold comes from. channels: runs, low
        and high of its channels. weights: name, shape and statistics of each of its parameters. samples: those that go furthest
        beyond the threshold. errors: measures with their bands, and verdict, a sentence.
    """
    found: Data = {}
    if session.done("quantize"):
        found["bits"] = _chain(session, stage, name)
    if tensor and session.done("calibrate"):
        stats = session.artifact("calibrate").stats
        found["source"] = threshold_source(session, tensor)
        found["weights"] = _weights(session, stats, tensor)
        if tensor in stats:
            threshold = session.thresholds[tensor]
            found["channels"] = channel_ranges(stats[tensor])
            found["samples"] = saturating(stats[tensor], threshold)
    if tensor and session.done("quantize"):
        found |= _errors(session, tensor)
    return found


def threshold_source(session: Session, tensor: str) -> str:
    """Who chose a tensor's threshold, in words."""
    options, params = session["quantize"].options(), session.artifact("prepare").graph.params
    usual = (options["weight_observer"] if tensor in params else "") or options["observer"]
    observer = options["observers"].get(tensor, usual)
    return f"Set by hand instead of by the observer {observer}." if tensor in session.thresholds.edited else f"Chosen by the observer {observer}."


def channel_ranges(stats: TensorStats) -> Data:
    """The least and the largest value of at most `BINS` runs of channels; runs are pairs of first and last."""
    low, high = stats.channels
    parts = np.array_split(np.arange(len(low)), min(len(low), BINS))
    return {
        "runs": [[int(part[0]), int(part[-1])] for part in parts],
        "low": [float(low[part].min()) for part in parts],
        "high": [float(high[part].max()) for part in parts],
    }


def saturating(stats: TensorStats, threshold: float) -> list[Data]:
    """The samples of the calibration that reach furthest, as number in the data set, largest magnitude, and that over the threshold."""
    largest = np.abs(stats.rows[:, 2:]).max(axis=1)
    order = np.argsort(-largest, kind="stable")[:WORST]
    return [{"sample": int(stats.index[i]), "largest": float(largest[i]), "ratio": float(largest[i] / threshold) if threshold else None} for i in order]


def _chain(session: Session, stage: str, name: str) -> list[Data]:
    try:
        node = widest_of(session, stage, name)
        return why(session, node) if node else []
    except StudioError:  # a stage between them has to run again
        return []


def _weights(session: Session, stats: dict[str, TensorStats], tensor: str) -> list[Data]:
    graph: Graph = session.artifact("prepare").graph
    names = [ref.name for ref in graph[tensor].inputs if ref.name in graph.params and ref.name in stats] if tensor in graph else []
    return [
        {"name": name, "shape": times(graph.params[name].shape), "threshold": session.thresholds[name]} | statistics(stats[name], session.thresholds[name])
        for name in names
    ]


def _errors(session: Session, tensor: str) -> Data:
    found = node_error(session, tensor)
    if found is None:
        return {}
    rows = [
        {
            "title": TITLES[measure],
            "isolated": found.isolated.get(measure),
            "cumulative": found.cumulative.get(measure),
            "band": band_of(measure, found.cumulative.get(measure)) or "",
            "limits": limits_text(measure) if measure in LIMITS else "",
        }
        for measure in MEASURES
    ]
    return {"errors": rows, "verdict": verdict_of(found.isolated.get("sqnr"), found.cumulative.get("sqnr"), found.share)}
