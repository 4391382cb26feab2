"""Quantize: thresholds from the statistics, then integers with a proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mrt_studio.cvm.lower import Lowered, lower
from mrt_studio.cvm.proof import prove
from mrt_studio.cvm.requant import ShiftMultiply, Step
from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.ir.graph import Ref
from mrt_studio.observers.base import observers
from mrt_studio.ops.lowering import LoweringOptions, Quantized
from mrt_studio.stages.base import Report, Stage, stages
from mrt_studio.stages.graph_files import load_graph, save_graph
from mrt_studio.stages.options import option
from mrt_studio.stats.tensor_stats import TensorStats


@dataclass(frozen=True)
class QuantizedModel:
    """The integer graph, the thresholds it was made with, and which integers stand for which float tensor."""

    lowered: Lowered
    thresholds: Mapping[str, float]
    observed: Mapping[str, float]
    """What the observer chose, before thresholds were set by hand."""

    def save(self, folder: Path) -> None:
        """Write the graph and a JSON file with everything else."""
        save_graph(folder, "quantized", self.lowered.graph)
        table = {
            "tensors": {name: _plain(q) for name, q in self.lowered.tensors.items()},
            "outputs": [_plain(q) for q in self.lowered.outputs],
            "inputs": {name: _plain(q) for name, q in self.lowered.inputs.items()},
            "steps": [asdict(s) for s in self.lowered.steps],
            "notes": self.lowered.notes,
            "thresholds": self.thresholds,
            "observed": self.observed,
        }
        (folder / "quantized.tensors.json").write_text(json.dumps(table))

    @classmethod
    def load(cls, folder: Path) -> QuantizedModel:
        """Read both."""
        try:
            table = json.loads((folder / "quantized.tensors.json").read_text())
            lowered = Lowered(
                load_graph(folder, "quantized"),
                {name: _quantized(q) for name, q in table["tensors"].items()},
                tuple(_quantized(q) for q in table["outputs"]),
                {name: _quantized(q) for name, q in table["inputs"].items()},
                tuple(Step(**s) for s in table["steps"]),
                tuple(table["notes"]),
            )
            return cls(lowered, table["thresholds"], table["observed"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtifactError("The quantized model's table cannot be read.", where=folder.name, why=str(error), remedy="Quantize again.") from None

    def summary(self) -> dict[str, Any]:
        """The widest tensor, scales at the ends, and notes."""
        rows = prove(self.lowered.graph)
        widest = max(rows.values(), key=lambda r: r.bits)
        return {
            "operators": len(self.lowered.graph.operators),
            "widest": {"node": widest.name, "bits": widest.bits},
            "input_scale": {n: q.scale for n, q in self.lowered.inputs.items()},
            "output_scales": [q.scale for q in self.lowered.outputs],
            "notes": list(self.lowered.notes),
        }


@stages.register("quantize")
@dataclass(frozen=True)
class Quantize(Stage):
    """Choose thresholds and lower every operator to the machine's; needs no data."""

    name = "quantize"
    title = "Quantize"
    needs = ("prepare", "calibrate")
    artifact = QuantizedModel

    observer: str = option(
        "absmax", "text", "how thresholds follow from the statistics, e.g. absmax or mrt_lambda(lambd=10)", choices=("absmax", "mrt_lambda(lambd=10)")
    )
    thresholds: dict[str, float] = option({}, "numbers", "thresholds set by hand: node = value", low=0)
    input_precision: int = option(8, "integer", "bits of the input", low=2, high=16, unit="bit")
    output_precision: int | None = option(None, "integer", "bits of the outputs; not set means as they come", low=2, high=32, optional=True, unit="bit")
    shift_bits: int = option(5, "integer", "bits that a tensor may have too many before it is shifted first [MRT]", low=0, high=24, unit="bit")
    softmax_lambd: float = option(10.0, "number", "how far below the largest logit softmax looks [MRT]", low=0.1, high=15)
    table_bits: int = option(12, "integer", "bits that lookup tables such as sigmoid's are asked with; MRT takes 8", low=8, high=12, unit="bit")

    def run(self, inputs: Mapping[str, Any], report: Report) -> QuantizedModel:
        """Choose thresholds, lower, prove.

        Raises:
            OptionError: the observer, or the name of a threshold, is unknown.
            QuantizationError: a threshold cannot be realised; OverflowError32: a tensor could leave INT32.
        """
        observed = observe(inputs["calibrate"].stats, self.observer)
        graph = inputs["prepare"].graph
        if unknown := sorted(self.thresholds.keys() - observed.keys()):
            raise OptionError(
                f"There is no node called {unknown[0]!r} to set a threshold for.", where="quantize.thresholds", remedy="Use a name of the prepared model."
            )
        thresholds = {**observed, **self.thresholds}
        report.progress(0, 2, "lowering")
        lowered = lower(
            graph,
            thresholds,
            requantizer=ShiftMultiply(self.shift_bits),
            input_precision=self.input_precision,
            output_precision=self.output_precision,
            options=LoweringOptions(softmax_lambd=self.softmax_lambd, table_bits=self.table_bits),
        )
        report.progress(1, 2, "proving")
        prove(lowered.graph)
        for note in lowered.notes:
            report.log(note)
        report.progress(2, 2, "done")
        return QuantizedModel(lowered, thresholds, observed)


def observe(stats: Mapping[str, TensorStats], observer: str) -> dict[str, float]:
    """The thresholds that an observer chooses, by name."""
    rule = observers.create(observer)
    return {name: rule.threshold(s) for name, s in stats.items()}


def _plain(q: Quantized) -> list[Any]:
    return [q.ref.name, q.ref.index, q.scale, q.precision, q.threshold]


def _quantized(parts: list[Any]) -> Quantized:
    name, index, scale, precision, threshold = parts
    return Quantized(Ref(str(name), int(index)), float(scale), int(precision), float(threshold))
