"""Overlays of the tensors of the prepared model, for the nodes of any stage: thresholds, saturation and scales."""

from __future__ import annotations

from mrt_studio.ir.graph import Graph
from mrt_studio.session.graphs import shown
from mrt_studio.session.lab_data import clipped
from mrt_studio.session.overlays.base import overlay
from mrt_studio.session.overlays.placing import at_nodes
from mrt_studio.session.session import Session


@overlay("threshold", scale="log", needs=("prepare", "calibrate"))
def thresholds_of(session: Session, stage: str) -> dict[str, float]:
    """The magnitude beyond which the tensor's values are clipped."""
    return at_nodes(session, stage, dict(session.thresholds))


@overlay("saturation", unit="%", needs=("prepare", "calibrate"), better="low")
def saturation_of(session: Session, stage: str) -> dict[str, float]:
    """The share of the calibration data's values that the threshold clips."""
    stats = session.artifact("calibrate").stats
    thresholds = dict(session.thresholds)
    prepared: Graph = session.artifact("prepare").graph
    return at_nodes(session, stage, {n.name: 100 * clipped(stats[n.name], thresholds[n.name])[0] for n in shown(prepared) if n.name in stats})


@overlay("scale", scale="log", needs=("prepare", "quantize"))
def scales_of(session: Session, stage: str) -> dict[str, float]:
    """What a real value is multiplied by to become an integer."""
    return at_nodes(session, stage, {name: q.scale for name, q in session.artifact("quantize").lowered.tensors.items()})


@overlay("precision", unit="bit", needs=("prepare", "quantize"))
def precisions_of(session: Session, stage: str) -> dict[str, float]:
    """The bits of the tensor that the node passes on."""
    return at_nodes(session, stage, {name: q.precision for name, q in session.artifact("quantize").lowered.tensors.items()})
