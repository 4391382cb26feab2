"""One scale for the weights of all channels, although their ranges differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from mrt_studio.ir.graph import Graph
from mrt_studio.ops.layers.convolution import Convolution
from mrt_studio.ops.layers.fully_connected import FullyConnected
from mrt_studio.session.hints.base import Hint, rules
from mrt_studio.session.session import Session
from mrt_studio.stats.tensor_stats import TensorStats

WORTH = 6.0
"""Decibels from which a layer counts: one bit."""


@rules.register("weights")
def one_scale(session: Session) -> Iterator[Hint]:
    """Layers whose channels would have finer steps with scales of their own."""
    if not session.done("calibrate") or session["quantize"].options()["weights"] != "tensor":
        return
    graph: Graph = session.artifact("prepare").graph
    in_force = {**session.thresholds.observed(), **session.thresholds.edited}
    gains = channel_gains(graph, session.artifact("calibrate").stats, in_force)
    worth = {name: gain for name, gain in gains.items() if gain >= WORTH}
    if not worth:
        return
    worst = max(worth, key=lambda name: worth[name])
    others = f"; {len(worth)} layers lose {WORTH:g} dB or more" if len(worth) > 1 else ""
    yield Hint(
        rule="weights",
        node=worst,
        what=f"One scale for all channels of a weight loses {worth[worst]:.1f} dB at {worst}{others}.",
        why="The step follows from the widest channel, so narrow channels have few codes.",
        action="Use a scale for each channel",
        change={"quantize": {"weights": "channel"}},
        gain=worth[worst],
        gain_at=f"the weights of {worst}",
    )


def channel_gains(graph: Graph, stats: Mapping[str, TensorStats], thresholds: Mapping[str, float]) -> dict[str, float]:
    """How much less rounding noise each layer's weight would have with a scale for each channel, in dB, by layer.

    Steps of d make the noise power d**2 / 12, and a step is in proportion to the threshold: of all channels, or of each.
    """
    found: dict[str, float] = {}
    for node in graph.operators:
        weight = node.inputs[1].name if isinstance(node.op, Convolution | FullyConnected) else ""
        if weight not in graph.params or weight not in stats:
            continue
        whole = min(thresholds[weight], stats[weight].absmax)
        each = np.minimum(np.abs(stats[weight].channels).max(axis=0).astype(np.float64), whole)
        power = float(np.mean(each**2))
        if power:
            found[node.name] = 10 * math.log10(whole**2 / power)
    return found
