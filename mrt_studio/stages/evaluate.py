"""Evaluate: the float model and the integer machine on the same samples."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.datasets.base import batches, datasets
from mrt_studio.engine import Executor
from mrt_studio.errors import ArtifactError, QuantizationError
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array, Graph
from mrt_studio.ir.unknown import has_unknown
from mrt_studio.metrics.base import is_classifier, metrics
from mrt_studio.stages.base import Report, Stage, stages
from mrt_studio.stages.options import option
from mrt_studio.stages.quantize import QuantizedModel
from mrt_studio.stages.spread import Part, Step, map_batches

TOP = 5


@dataclass(frozen=True)
class Evaluation:
    """Figures over all samples, and one row for each.

    Attributes:
        figures: metric name -> value, of the first output; None where it has no meaning.
        rows: per sample its name, label, and both models' best classes with scores, or the SQNR of the outputs.
        verified: samples on which the reference machine gave the same bits as the fast one.
    """

    figures: Mapping[str, float | None]
    rows: tuple[Mapping[str, Any], ...]
    verified: int

    def save(self, folder: Path) -> None:
        """Write JSON."""
        (folder / "evaluation.json").write_text(json.dumps({"figures": self.figures, "rows": self.rows, "verified": self.verified}))

    @classmethod
    def load(cls, folder: Path) -> Evaluation:
        """Read JSON."""
        try:
            data = json.loads((folder / "evaluation.json").read_text())
            return cls(data["figures"], tuple(data["rows"]), data["verified"])
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            raise ArtifactError("The evaluation cannot be read.", where=folder.name, why=str(error)[:300], remedy="Evaluate again.") from None

    def summary(self) -> dict[str, Any]:
        """All figures."""
        return {"samples": len(self.rows), **{k: v for k, v in self.figures.items() if v is not None}, "verified_samples": self.verified}


@stages.register("evaluate")
@dataclass(frozen=True)
class Evaluate(Stage):
    """Compare on data that was not calibrated on, where there is more."""

    name = "evaluate"
    title = "Evaluate"
    needs = ("prepare", "calibrate", "quantize")
    artifact = Evaluation

    dataset: str = option("", "text", "data set, as name(option=value); not set means that of the calibration")
    batch: int = option(16, "integer", "samples in one batch", low=1, high=4096)
    count: int = option(0, "integer", "number of batches; 0 means all the data", low=0, high=1 << 20)
    start: int = option(0, "integer", "first sample; leave out those that were calibrated on", low=0, high=1 << 40)
    verify: int = option(1, "integer", "samples on which the int64 reference checks the fast machine", low=0, high=1 << 20)

    def run(self, inputs: Mapping[str, Any], report: Report) -> Evaluation:
        """Run both models.

        Raises:
            OptionError: the data set's text is not usable.
            DataError: there are too few samples, or of another shape.
            QuantizationError: the fast machine and the reference differ, which would be a bug.
        """
        source = datasets.create(self.dataset or inputs["calibrate"].dataset)
        report.log(source.describe())
        total = self.count or -(-max(len(source) - self.start, 0) // self.batch)
        quantized: QuantizedModel = inputs["quantize"]
        small = QuantizedModel(quantized.lowered, {}, {}, quantized.merged)  # what else it holds need not travel
        task = Compare(inputs["prepare"].graph, small, inputs["prepare"].top, self.start + self.verify)
        parts = (Part(i, self.start + i * self.batch, batch) for i, batch in enumerate(batches(source, self.batch, self.count or None, self.start)))
        found = dict(map_batches(task, parts, total, report))
        return summarize([found[number] for number in sorted(found)])


@dataclass(frozen=True, eq=False)
class Pair:
    """The first outputs of both models on one batch, in real numbers, and how many of its samples the reference checked."""

    names: tuple[str, ...]
    labels: Array | None
    expected: Array
    found: Array
    verified: int


@dataclass(frozen=True, eq=False)
class Compare:
    """Both models on one batch; samples with a number below `verify_to` are checked by the reference."""

    prepared: Graph
    quantized: QuantizedModel
    top: Graph | None
    verify_to: int

    @property
    def steps(self) -> int:
        """One."""
        return 1

    def open(self) -> Callable[[Part, Step], Pair]:
        """Make both models' executors."""
        models = Comparison(self.prepared, self.quantized, self.top)

        def compare(part: Part, step: Step) -> Pair:
            step(0)
            batch, checked = part.batch, max(0, self.verify_to - part.first)
            verified = models.verify(batch.data[:checked]) if checked else 0
            return Pair(batch.names, batch.labels, *models.outputs(batch.data), verified)

        return compare


class Comparison:
    """The prepared float model and the integer machine, side by side."""

    def __init__(self, prepared: Graph, quantized: QuantizedModel, top: Graph | None) -> None:
        self._float = Executor.of(prepared)
        self._machine = FastMachine(quantized.lowered.graph)
        self._lowered = quantized.lowered
        self._keys = [r.name for r in prepared.outputs]
        # A top with unknown operators cannot run: the models are compared at the split keys then.
        self._top = None if top is None or (has_unknown(top) and not quantized.merged) else Executor.of(top)
        self._merged = quantized.merged

    def integers(self, data: Array) -> dict[str, Array]:
        """The machine's input for float data."""
        return {name: quantize_array(data, q.scale, q.precision) for name, q in self._lowered.inputs.items()}

    def outputs(self, data: Array) -> tuple[Array, Array]:
        """First output of the float model, and of the integer one divided by its scale."""
        name = next(iter(self._lowered.inputs))
        integers = self._machine.run(self.integers(data))  # first, because it checks the data's shape
        expected = self._float.forward({name: data})
        found = [(out / q.scale).astype(np.float32) for out, q in zip(integers, self._lowered.outputs, strict=True)]
        if self._top is None:
            return expected[0], found[0]
        real = self._top.forward(dict(zip(self._keys, expected, strict=True)))[0]
        return real, found[0] if self._merged else self._top.forward(dict(zip(self._keys, found, strict=True)))[0]

    def verify(self, data: Array) -> int:
        """Compare the reference with the fast machine bit for bit; returns the number of samples.

        Raises:
            QuantizationError: they differ.
        """
        feeds = self.integers(data)
        for exact, fast in zip(run_reference(self._lowered.graph, feeds), self._machine.run(feeds), strict=True):
            if not np.array_equal(exact, fast):
                raise QuantizationError(
                    "The fast machine and the reference differ.",
                    why="This is a bug of MRT Studio or a fault of the processor.",
                    remedy="Please report it with the model.",
                )
        return len(data)


def summarize(pairs: list[Pair]) -> Evaluation:
    """All figures and rows of a run, from its batches in order."""
    expected, found = (np.concatenate([getattr(p, side) for p in pairs]) for side in ("expected", "found"))
    known = [p.labels for p in pairs if p.labels is not None]
    labels = np.concatenate(known) if len(known) == len(pairs) else None
    figures = {name: metric().value(expected, found, labels) for name, metric in metrics.items()}
    names = [name for p in pairs for name in p.names]
    sqnr = metrics["sqnr"]()
    rows = list[Mapping[str, Any]]()
    for i, name in enumerate(names):
        row: dict[str, Any] = {"sample": name, "label": None if labels is None else int(labels[i]), "sqnr": sqnr.value(expected[i], found[i], None)}
        if is_classifier(expected):
            row |= {"float": _best(expected[i]), "integer": _best(found[i])}
        rows.append(row)
    return Evaluation({k: _finite(v) for k, v in figures.items()}, tuple({k: _finite(v) for k, v in r.items()} for r in rows), sum(p.verified for p in pairs))


def _best(scores: Array) -> list[list[float]]:
    order = np.argsort(-scores, kind="stable")[:TOP]
    return [[int(i), float(scores[i])] for i in order]


def _finite(value: Any) -> Any:
    """JSON has no infinity: an error-free comparison is written as 999 dB."""
    return 999.0 if isinstance(value, float) and not np.isfinite(value) else value
