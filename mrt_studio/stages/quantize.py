"""Quantize: thresholds from the statistics, then integers with a proof."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mrt_studio.cvm.lower import Lowered, lower
from mrt_studio.cvm.proof import prove
from mrt_studio.cvm.requant import ShiftMultiply, Step
from mrt_studio.cvm.top import put_on_top, with_scaled_attributes
from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Graph, Ref
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
    merged: bool = False
    """Whether the graph holds the top of a split model too."""

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
            "merged": self.merged,
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
            return cls(lowered, table["thresholds"], table["observed"], table["merged"])
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
    top: str = option(
        "float",
        "choice",
        "what is above the split keys: float, or integers as they are (only operators that do not depend on scales)",
        choices=("float", "integer"),
    )
    attribute_deps: dict[str, str] = option(
        {}, "words", "attributes of an integer top that are multiplied by a split key's scale: operator.attribute = key [MRT]"
    )
    output_maps: dict[str, str] = option({}, "words", "split key whose scale an output of an integer top has; without, its scale is 1 [MRT oscale_maps]")
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
        top: Graph | None = inputs["prepare"].top if self.top == "integer" else None
        if top is None and (self.top == "integer" or self.attribute_deps or self.output_maps):
            remedy = "Set prepare.split_keys and quantize.top = integer, or leave attribute_deps and output_maps out."
            raise OptionError("There is no integer top for these options.", where="quantize.top", remedy=remedy)
        if top is not None:
            lowered = merge_top(lowered, top, tuple(r.name for r in graph.outputs), self.attribute_deps, self.output_maps)
        report.progress(1, 2, "proving")
        prove(lowered.graph)
        for note in lowered.notes:
            report.log(note)
        report.progress(2, 2, "done")
        return QuantizedModel(lowered, thresholds, observed, top is not None)


def merge_top(lowered: Lowered, top: Graph, keys: Sequence[str], attribute_deps: Mapping[str, str], output_maps: Mapping[str, str]) -> Lowered:
    """Put the top of a split model on the integers of its base, in the order of the split keys.

    Raises:
        OptionError: `attribute_deps` or `output_maps` name something that is not there.
        UnsupportedError: an operator of the top depends on the scales.
    """
    base = dict(zip(keys, lowered.outputs, strict=True))
    scaled = with_scaled_attributes(top, attribute_deps, {key: q.scale for key, q in base.items()})
    graph = put_on_top(lowered.graph, scaled, {key: q.ref for key, q in base.items()})
    outputs = {ref.name for ref in top.outputs}
    for name, key in output_maps.items():
        if name not in outputs or (key not in base and key != "None"):
            what = f"The map of output scales {name!r} = {key!r} fits neither the outputs nor the split keys."
            raise OptionError(what, where="quantize.output_maps", remedy=f"Outputs are {', '.join(outputs)}; split keys are {', '.join(base)}.")
    rows = prove(graph)
    made = list[Quantized]()
    for old, ref in zip(top.outputs, graph.outputs, strict=True):
        bits, source = rows[ref.name].outputs[ref.index], base.get(output_maps.get(old.name, "None"))
        scale = source.scale if source else 1.0
        made.append(Quantized(ref, scale, bits, int_range(bits) / scale))
    return replace(lowered, graph=graph, outputs=tuple(made))


def observe(stats: Mapping[str, TensorStats], observer: str) -> dict[str, float]:
    """The thresholds that an observer chooses, by name."""
    rule = observers.create(observer)
    return {name: rule.threshold(s) for name, s in stats.items()}


def _plain(q: Quantized) -> list[Any]:
    return [q.ref.name, q.ref.index, q.scale, q.precision, q.threshold]


def _quantized(parts: list[Any]) -> Quantized:
    name, index, scale, precision, threshold = parts
    return Quantized(Ref(str(name), int(index)), float(scale), int(precision), float(threshold))
