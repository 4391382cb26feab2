"""What the errors of a tensor look like inside: by channel, on average, and value against value.

All compares what the machine holds in the whole integer model with what the float model holds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.cvm.lower import Lowered
from mrt_studio.engine import Replay
from mrt_studio.ir.graph import Array, Graph
from mrt_studio.session.node_errors import machine_tensors, points_of
from mrt_studio.session.samples import chosen_batch
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Report, Silent

BINS = 64
"""Channels beyond so many are taken together with their neighbours."""
POINTS = 1000
"""Values of a tensor that are kept, drawn at random, if it has more."""
PARTS = ("runs", "sqnr", "bias", "std", "points")
"""What is known of a tensor."""
EXACT = 120.0
"""Decibels that stand for no error at all: float32 cannot tell more."""


def session_channels(session: Session, report: Report | None = None) -> dict[str, Any]:
    """The channels' errors of a session's tensors on the samples that are chosen.

    Raises:
        StudioError: a stage before it cannot run, or the data set does not have the samples.
    """
    report = report or Silent()
    lowered = session.run("quantize", report).lowered
    batch = chosen_batch(session)
    return {"samples": list(batch.names), "tensors": channel_errors(session.artifact("prepare").graph, lowered, batch.data, report)}


def channel_errors(prepared: Graph, lowered: Lowered, data: Array, report: Report | None = None) -> dict[str, Any]:
    """For each tensor of the prepared graph, on a batch (n, ...), plain data.

    Returns:
        runs: the first and the last channel of each of at most `BINS` runs. sqnr, bias: for each run signal to noise in dB, None
        without a signal, and the mean of machine minus float. std: of the float values. points: two lists of at most
        `POINTS` values, of the float model and of the machine.

    Raises:
        ModelError: MXNet refuses an operator.
    """
    report = report or Silent()
    entry = prepared.inputs[0].name
    floats, (integers, _) = Replay(prepared, {entry: data}), machine_tensors(lowered, entry, data)
    points = points_of(prepared, lowered)
    found: dict[str, Any] = {}
    for count, node in enumerate(points):
        report.progress(count, len(points), node.name)
        found[node.name] = _tensor(floats.value(node.name).astype(np.float64), integers[node.name].astype(np.float64))
    report.progress(len(points), len(points), "done")
    return found


def read_channels(found: dict[str, Any]) -> dict[str, Any]:
    """What `session_channels` gave, from a file; raises KeyError or TypeError where something is missing."""
    return {
        "samples": [str(name) for name in found["samples"]],
        "tensors": {name: {part: tensor[part] for part in PARTS} for name, tensor in dict(found["tensors"]).items()},
    }


def _tensor(real: NDArray[np.float64], found: NDArray[np.float64]) -> dict[str, Any]:
    channels = real.shape[1] if real.ndim > 1 else 1
    error = found - real
    runs = [[int(part[0]), int(part[-1])] for part in np.array_split(np.arange(channels), min(channels, BINS))]
    starts = np.array([first for first, _ in runs])
    signal, noise, shift = (_by_channel(x, channels, starts) for x in (real**2, error**2, error))
    size = _by_channel(np.ones_like(real), channels, starts)
    at = _picks(real.size)
    return {
        "runs": runs,
        "sqnr": [_decibels(s, n) for s, n in zip(signal, noise, strict=True)],
        "bias": _short(shift / size),
        "std": float(real.std()),
        "points": [_short(real.reshape(-1)[at]), _short(found.reshape(-1)[at])],
    }


def _by_channel(x: NDArray[np.float64], channels: int, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The sums over runs of channels (axis 1), over all samples."""
    return np.add.reduceat(x.reshape(len(x), channels, -1).sum(axis=(0, 2)), starts)


def _picks(size: int) -> NDArray[np.int64]:
    """Positions of the values that are kept; the same for the same size."""
    return np.arange(size) if size <= POINTS else np.unique(np.random.default_rng(0).integers(0, size, POINTS))


def _decibels(signal: float, noise: float) -> float | None:
    if signal == 0:
        return None
    return round(min(EXACT, 10 * float(np.log10(signal / noise))), 2) if noise else EXACT


def _short(values: NDArray[np.float64]) -> list[float]:
    """Five digits are more than a picture shows, and keep the file small."""
    return [float(f"{value:.5g}") for value in values]
