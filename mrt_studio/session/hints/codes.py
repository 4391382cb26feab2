"""Codes of eight-bit numbers that stay unused."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Graph
from mrt_studio.ops.layers.convolution import Convolution
from mrt_studio.ops.layers.fully_connected import FullyConnected
from mrt_studio.passes.signs import nonnegative
from mrt_studio.session.hints.base import Hint, rules
from mrt_studio.session.session import Session

BITS = 8
WORTH = 1.0
"""Decibels from which unused codes count."""
SIGN = 20 * math.log10(2)
"""What one more bit brings, in dB."""


@rules.register("requantizer")
def unused(session: Session) -> Iterator[Hint]:
    """Tensors that a power of two leaves up to half of the codes unused."""
    if not session.done("quantize") or session["quantize"].options()["requantizer"] != "shift_multiply":
        return
    lost = {name: loss for name, loss in code_losses(session.artifact("quantize").lowered).items() if loss >= WORTH}
    if not lost:
        return
    worst = max(lost, key=lambda name: lost[name])
    yield Hint(
        rule="requantizer",
        node=worst,
        what=f"{len(lost)} tensors do not use all codes of {BITS} bits; {worst} loses {lost[worst]:.1f} dB.",
        why="They are narrowed by a shift alone, so that the scale is off by up to a factor of two.",
        action="Requantize with guard bits",
        change={"quantize": {"requantizer": "guard_bits"}},
        gain=lost[worst],
        gain_at=worst,
    )


@rules.register("sign")
def signs(session: Session) -> Iterator[Hint]:
    """Layers whose inputs are never negative and still have a sign."""
    if not session.done("prepare") or session["quantize"].options()["activations"] != "signed":
        return
    graph: Graph = session.artifact("prepare").graph
    proven = nonnegative(graph)
    layers = [n for n in graph.operators if isinstance(n.op, Convolution | FullyConnected) and n.inputs[0].name in proven]
    if layers:
        yield Hint(
            rule="sign",
            node=layers[0].inputs[0].name,
            what=f"The inputs of {len(layers)} layers are never negative, such as {layers[0].inputs[0].name}; their sign bit is always zero.",
            why="Without the sign they have one more bit for their values.",
            action="Use the sign for one more bit",
            change={"quantize": {"activations": "unsigned"}},
            gain=SIGN,
            gain_at="these inputs",
        )


def code_losses(lowered: Any) -> dict[str, float]:
    """Decibels that each tensor loses when it is brought to eight bits: its threshold should be the largest code."""
    thresholds = {q.ref.name: (name, q.threshold) for name, q in lowered.tensors.items()}
    found: dict[str, float] = {}
    for step in lowered.steps:
        name, threshold = thresholds.get(step.source, ("", 0.0))
        reached = threshold * step.scale
        if name and step.precision == BITS and 0 < reached < int_range(BITS):
            found[name] = max(found.get(name, 0.0), 20 * math.log10(int_range(BITS) / reached))
    return found
