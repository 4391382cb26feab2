"""Overlays of the tensors of the prepared model, for the nodes of any stage: thresholds, clipping and scales."""

from __future__ import annotations

from collections.abc import Mapping

from mrt_studio.ir.graph import Graph
from mrt_studio.session.graphs import shown, stage_graph
from mrt_studio.session.overlays.base import overlay
from mrt_studio.session.session import Session
from mrt_studio.session.views import clipped_share


@overlay("threshold", scale="log", needs=("prepare", "calibrate"))
def thresholds_of(session: Session, stage: str) -> dict[str, float]:
    """The magnitude beyond which the tensor's values are clipped."""
    return at_nodes(session, stage, dict(session.thresholds))


@overlay("clipped", label="clipped values", unit="%", needs=("prepare", "calibrate"), better="low")
def clipped_of(session: Session, stage: str) -> dict[str, float]:
    """The share of the calibration data's values that the threshold clips."""
    stats = session.artifact("calibrate").stats
    thresholds = dict(session.thresholds)
    prepared: Graph = session.artifact("prepare").graph
    return at_nodes(session, stage, {n.name: 100 * clipped_share(stats[n.name], thresholds[n.name]) for n in shown(prepared) if n.name in stats})


@overlay("scale", scale="log", needs=("prepare", "quantize"))
def scales_of(session: Session, stage: str) -> dict[str, float]:
    """What a real value is multiplied by to become an integer."""
    return at_nodes(session, stage, {name: q.scale for name, q in session.artifact("quantize").lowered.tensors.items()})


@overlay("precision", unit="bit", needs=("prepare", "quantize"))
def precisions_of(session: Session, stage: str) -> dict[str, float]:
    """The bits of the tensor that the node passes on."""
    return at_nodes(session, stage, {name: q.precision for name, q in session.artifact("quantize").lowered.tensors.items()})


def at_nodes(session: Session, stage: str, values: Mapping[str, float]) -> dict[str, float]:
    """Give each node of a stage's graph the value of its tensor."""
    return {node: values[tensor] for node, tensor in tensors(session, stage).items() if tensor in values}


def tensors(session: Session, stage: str) -> dict[str, str]:
    """For each node of a stage's graph the tensor of the prepared model that it belongs to."""
    if stage == "load":
        prepared: Graph = session.artifact("prepare").graph
        return {origin: n.name for n in shown(prepared) for origin in n.origin}
    found = {n.name: n.origin[-1] if stage != "prepare" and n.origin else n.name for n in shown(stage_graph(session, stage))}
    if stage != "compile":
        return found
    quantized = tensors(session, "quantize")
    return {node: quantized[before] for node, before in found.items()}
