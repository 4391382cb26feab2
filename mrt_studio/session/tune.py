"""A bounded search over quantize's options, and its Pareto front.

It is greedy: each move is kept when it lowers the error of the outputs on samples that were calibrated on, and everything
tried is remembered, so that a cheaper model with a little more error is not lost. Moves for the whole model come first;
then the layers whose input is hardest to hold in eight bits, by its peak over its standard deviation, are given wider
inputs and other observers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.machine import FastMachine
from mrt_studio.datasets.base import batches, datasets
from mrt_studio.engine import Executor
from mrt_studio.errors import OptionError, QuantizationError
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array
from mrt_studio.metrics.base import metrics
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Report, Silent
from mrt_studio.stages.quantize import OBSERVERS, Quantize, QuantizedModel

WHOLE: tuple[Mapping[str, Any], ...] = (
    {"requantizer": "guard_bits"},
    {"weights": "channel", "weight_observer": "absmax"},
    {"activations": "unsigned"},
    *({"observer": text} for text in OBSERVERS),
)
"""Moves for the whole model; the order matters, since a move is judged on top of those kept before it."""
LAYER_OBSERVERS = ("absmax", "mse(unsigned=True)", "percentile(percent=99.99)")
WIDENED = {"Convolution", "FullyConnected"}


@dataclass(frozen=True)
class Trial:
    """Options that were tried, and what came of them.

    Attributes:
        change: the options that differ from the start, by name.
        error: noise of the outputs over their signal, in dB; lower is better.
        gas: of the machine.
        weights: bytes of the parameters that are stored in one byte an element.
    """

    change: Mapping[str, Any]
    error: float
    gas: int
    weights: int


@dataclass(frozen=True)
class Tuning:
    """All trials, the start first, and the numbers of those on the Pareto front."""

    trials: tuple[Trial, ...]
    front: tuple[int, ...]

    @property
    def best(self) -> Trial:
        """The trial of least error; the cheapest of several."""
        return min(self.trials, key=lambda t: (t.error, t.gas))


def tune(session: Session, tries: int = 30, samples: int = 4, report: Report | None = None) -> Tuning:
    """Search from the session's options; they stay as they are.

    Args:
        session: calibrated, or it is calibrated now.
        tries: models that are made and run, the start counted in.
        samples: of the data set that was calibrated on.
        report: progress.

    Raises:
        OptionError: there is nothing to try.
        StudioError: a stage before it fails.
    """
    if tries < 1 or samples < 1:
        raise OptionError("At least one try and one sample are needed.", where="tune")
    report = report or Silent()
    session.run("calibrate", report)
    start = session["quantize"]
    if not isinstance(start, Quantize):
        raise TypeError("the stage called quantize is not Quantize")
    bench = _Bench(session, samples)
    trials, best, best_stage = [bench.trial(start, start)], 0, start
    for move in _moves(bench, start):
        if len(trials) >= tries:
            break
        report.progress(len(trials), tries, ", ".join(move))
        stage = _with(best_stage, move)
        if stage == best_stage:
            continue
        try:
            trials.append(bench.trial(stage, start))
        except QuantizationError as error:  # a combination that cannot be realised is no candidate
            report.log(f"{', '.join(move)}: {error.what}")
            continue
        if trials[-1].error < trials[best].error:
            best, best_stage = len(trials) - 1, stage
    report.progress(tries, tries, "done")
    return Tuning(tuple(trials), pareto(trials))


def pareto(trials: Iterable[Trial]) -> tuple[int, ...]:
    """The trials that no other beats in all three figures, by ascending error."""
    figures = [(t.error, t.gas, t.weights) for t in trials]
    kept = [i for i, own in enumerate(figures) if not any(_beats(other, own) for other in figures) and own not in figures[:i]]
    return tuple(sorted(kept, key=lambda i: figures[i]))


def _beats(other: tuple[float, int, int], own: tuple[float, int, int]) -> bool:
    return other != own and all(a <= b for a, b in zip(other, own, strict=True))


def _with(stage: Quantize, move: Mapping[str, Any]) -> Quantize:
    """The stage after a move; tables and lists are added to."""
    changes = dict(move)
    if "observers" in move:
        changes["observers"] = {**stage.observers, **move["observers"]}
    if "wide" in move:
        changes["wide"] = (*stage.wide, *move["wide"])
    return dataclasses.replace(stage, **changes)


def _moves(bench: _Bench, start: Quantize) -> Iterator[Mapping[str, Any]]:
    """The moves in the order in which they are tried."""
    yield from WHOLE
    for name, source in bench.layers():
        yield {"wide": (name,)}
        yield from ({"observers": {source: text}} for text in LAYER_OBSERVERS if text != start.observer)


class _Bench:
    """Makes and measures models on fixed samples."""

    def __init__(self, session: Session, samples: int) -> None:
        self._inputs = {name: session.artifact(name) for name in ("prepare", "calibrate")}
        self._graph = self._inputs["prepare"].graph
        source = datasets.create(self._inputs["calibrate"].dataset)
        self._data = next(iter(batches(source, samples, 1, session["calibrate"].options()["start"]))).data
        self._expected = Executor.of(self._graph).forward({self._graph.inputs[0].name: self._data})[0]

    def trial(self, stage: Quantize, start: Quantize) -> Trial:
        """Quantize and run."""
        model: QuantizedModel = stage.run(self._inputs, Silent())
        graph = model.lowered.graph
        sqnr = metrics["sqnr"]().value(self._expected, self._outputs(model), None)
        before = start.options()
        change = {name: value for name, value in stage.options().items() if value != before.get(name)}
        weights = sum(array.nbytes for array in graph.params.values() if array.itemsize == 1)
        return Trial(change, -sqnr if sqnr is not None else 0.0, gas(graph).total, weights)

    def layers(self) -> list[tuple[str, str]]:
        """Convolutions and dense layers with the tensor they read, those first whose input is hardest to hold in eight bits."""
        stats = self._inputs["calibrate"].stats
        found = [(n.name, n.inputs[0].name) for n in self._graph.operators if n.op.name in WIDENED]

        def hardness(pair: tuple[str, str]) -> float:
            s = stats[pair[1]]
            return s.absmax / (s.std or 1.0)

        return sorted(found, key=lambda pair: -hardness(pair))

    def _outputs(self, model: QuantizedModel) -> Array:
        name, entry = next(iter(model.lowered.inputs.items()))
        out = FastMachine(model.lowered.graph).run({name: quantize_array(self._data, entry.scale, entry.precision)})[0]
        return np.asarray(out / model.lowered.outputs[0].scale)
