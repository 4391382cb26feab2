"""Quantize: thresholds from the statistics, then integers with a proof."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mrt_studio.cvm.lower import Lowered, lower
from mrt_studio.cvm.proof import Row, prove
from mrt_studio.cvm.requant import GuardBits, ShiftMultiply, Step
from mrt_studio.cvm.top import put_on_top, with_scaled_attributes
from mrt_studio.cvm.trace import Trace
from mrt_studio.cvm.wide_layers import noisy_layers, wide_layers
from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Graph, Ref
from mrt_studio.observers.base import observers
from mrt_studio.ops.lowering import LoweringOptions, Quantized
from mrt_studio.stages.base import Report, Stage, stages
from mrt_studio.stages.graph_files import load_graph, save_graph
from mrt_studio.stages.options import option
from mrt_studio.stages.step_effects import step_effects
from mrt_studio.stats.tensor_stats import TensorStats

OBSERVERS = (
    "absmax",
    "mrt_lambda(lambd=10)",
    "mse(unsigned=True)",
    "percentile(percent=99.99)",
    "mace_enhance(ratio=10)",
    "moving_average(momentum=0.9)",
    "kl",
)
"""Suggestions; any observer, with any options, may be written."""


@dataclass(frozen=True)
class Choices:
    """The thresholds that observers chose from `stats`: tensor -> text of the observer, and tensor -> threshold."""

    stats: Mapping[str, TensorStats]
    texts: Mapping[str, str]
    values: Mapping[str, float]


@dataclass(frozen=True)
class QuantizedModel:
    """The integer graph, the thresholds it was made with, and which integers stand for which float tensor."""

    lowered: Lowered
    thresholds: Mapping[str, float]
    observed: Mapping[str, float]
    """What the observer chose, before thresholds were set by hand."""
    merged: bool = False
    """Whether the graph holds the top of a split model too."""
    effects: Sequence[Mapping[str, Any]] = ()
    """What each step beyond MRT V3 changed, if it was measured; see step_effects."""
    choices: Choices | None = field(default=None, compare=False, repr=False)
    """How the observers chose; None where the artifact was read from a file."""
    proof: Mapping[str, Row] | None = field(default=None, compare=False, repr=False)

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """The precision ledger of the graph."""
        return self.proof or prove(self.lowered.graph)

    def save(self, folder: Path) -> None:
        """Write the graph and a JSON file with everything else."""
        save_graph(folder, "quantized", self.lowered.graph)
        table = {
            "tensors": {name: _plain(q) for name, q in self.lowered.tensors.items()},
            "outputs": [_plain(q) for q in self.lowered.outputs],
            "inputs": {name: _plain(q) for name, q in self.lowered.inputs.items()},
            "steps": [vars(s) for s in self.lowered.steps],
            "notes": self.lowered.notes,
            "thresholds": self.thresholds,
            "observed": self.observed,
            "merged": self.merged,
            "effects": list(self.effects),
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
                tuple(_step(s) for s in table["steps"]),
                tuple(map(str, table["notes"])),
            )
            thresholds, observed = ({str(k): float(v) for k, v in table[key].items()} for key in ("thresholds", "observed"))
            return cls(lowered, thresholds, observed, bool(table["merged"]), tuple(map(dict, table["effects"])))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ArtifactError("The quantized model's table cannot be read.", where=folder.name, why=str(error)[:300], remedy="Quantize again.") from None

    def summary(self) -> dict[str, Any]:
        """The widest tensor, scales at the ends, and notes."""
        widest = max(self.rows.values(), key=lambda r: r.bits)
        return {
            "operators": len(self.lowered.graph.operators),
            "widest": {"node": widest.name, "bits": widest.bits},
            "input_scale": {n: q.scale for n, q in self.lowered.inputs.items()},
            "output_scales": [q.scale for q in self.lowered.outputs],
            "notes": list(self.lowered.notes),
            **({"effects": list(self.effects)} if self.effects else {}),
        }


@stages.register("quantize")
@dataclass(frozen=True)
class Quantize(Stage):
    """Choose thresholds and lower every operator to the machine's; needs no data."""

    name = "quantize"
    title = "Quantize"
    needs = ("prepare", "calibrate")
    artifact = QuantizedModel
    resumes = True

    observer: str = option("absmax", "text", "how thresholds follow from the statistics, e.g. absmax or mrt_lambda(lambd=10)", choices=OBSERVERS)
    observers: dict[str, str] = option({}, "words", "observers of single tensors: node = observer, e.g. conv1=mse(bits=8), fc=percentile(percent=99.9)")
    weight_observer: str = option("", "text", "observer of the parameters; not set means the same as that of the tensors, as MRT does", choices=("", "absmax"))
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
    requantizer: str = option(
        "shift_multiply",
        "choice",
        "how tensors get fewer bits: shift_multiply, to a power of two first where there are many too many [MRT]; guard_bits, to 17 bits first",
        choices=("shift_multiply", "guard_bits"),
    )
    weights: str = option(
        "tensor",
        "choice",
        "scales of the weights of convolutions and dense layers: tensor, one for all [MRT]; channel, one for each output channel",
        choices=("tensor", "channel"),
    )
    activations: str = option(
        "signed",
        "choice",
        "inputs of convolutions and dense layers: signed [MRT]; unsigned, one bit more where they cannot be negative",
        choices=("signed", "unsigned"),
    )
    wide: tuple[str, ...] = option(
        (), "names", "layers whose inputs have fifteen bits instead of eight, at twice the products: names of nodes, or depthwise, first, last, all"
    )
    wide_below: float = option(
        0.0, "number", "layers whose inputs have a smaller signal-to-noise ratio than this at eight bits are wide too; 0 means none", low=0, high=100, unit="dB"
    )
    rounding: str = option(
        "nearest",
        "choice",
        "weights of convolutions and dense layers: nearest, each to the nearest integer [MRT]; calibrated, to suit the samples that calibrate kept",
        choices=("nearest", "calibrated"),
    )
    correct_bias: str = option(
        "off",
        "choice",
        "what the bias takes back of the mean of a layer's results: nothing [MRT]; analytic, what rounding its weights adds; "
        "empirical, all that the machine has too much on the samples that calibrate kept",
        choices=("off", "analytic", "empirical"),
        was_flag=("off", "analytic"),
    )
    measure_steps: bool = option(False, "flag", "measure noise and gas before and after each of these steps, on the samples that calibrate kept")
    softmax_lambd: float = option(10.0, "number", "how far below the largest logit softmax looks [MRT]", low=0.1, high=15)
    table_bits: int = option(12, "integer", "bits that lookup tables such as sigmoid's are asked with; MRT takes 8", low=8, high=12, unit="bit")

    def observe(self, stats: Mapping[str, TensorStats], params: Container[str]) -> dict[str, float]:
        """The thresholds that the observers choose, by name; `params` holds the names of the parameters.

        Raises:
            OptionError: an observer, or the name of a tensor that is given one, is unknown.
        """
        if unknown := sorted(self.observers.keys() - stats.keys()):
            raise OptionError(f"There is no node called {unknown[0]!r} to observe.", where="quantize.observers", remedy="Use a name of the prepared model.")
        return dict(self._choose(stats, params, None).values)

    def _choose(self, stats: Mapping[str, TensorStats], params: Container[str], previous: Choices | None) -> Choices:
        of_params = self.weight_observer or self.observer
        texts = {name: self.observers.get(name, of_params if name in params else self.observer) for name in stats}
        made = {text: observers.create(text) for text in (self.observer, of_params, *texts.values())}
        kept = previous if previous and previous.stats is stats else None
        values = {name: kept.values[name] if kept and kept.texts[name] == text else made[text].threshold(stats[name]) for name, text in texts.items()}
        return Choices(stats, texts, values)

    def run(self, inputs: Mapping[str, Any], report: Report) -> QuantizedModel:
        """Choose thresholds, lower, prove.

        Raises:
            OptionError: the observer, or the name of a threshold, is unknown.
            QuantizationError: a threshold cannot be realised; OverflowError32: a tensor could leave INT32.
        """
        return self.rerun(None, inputs, report)

    def rerun(self, previous: QuantizedModel | None, inputs: Mapping[str, Any], report: Report) -> QuantizedModel:
        """The same from where the thresholds first differ from those of the previous model."""
        graph = inputs["prepare"].graph
        choices = self._choose(inputs["calibrate"].stats, graph.params, previous.choices if previous else None)
        observed = choices.values
        if unknown := sorted(self.thresholds.keys() - observed.keys()):
            raise OptionError(
                f"There is no node called {unknown[0]!r} to set a threshold for.", where="quantize.thresholds", remedy="Use a name of the prepared model."
            )
        thresholds = {**observed, **self.thresholds}
        report.progress(0, 2, "lowering")
        lowered = self._lower(inputs, thresholds, previous.lowered.trace if previous else None)
        effects = self._effects(inputs, thresholds, report) if self.measure_steps else ()
        top: Graph | None = inputs["prepare"].top if self.top == "integer" else None
        if top is None and (self.top == "integer" or self.attribute_deps or self.output_maps):
            remedy = "Set prepare.split_keys and quantize.top = integer, or leave attribute_deps and output_maps out."
            raise OptionError("There is no integer top for these options.", where="quantize.top", remedy=remedy)
        if top is not None:
            lowered = merge_top(lowered, top, tuple(r.name for r in graph.outputs), self.attribute_deps, self.output_maps)
        report.progress(1, 2, "proving")
        rows = prove(lowered.graph, known=(previous.lowered.graph, previous.rows) if previous else None)
        for note in lowered.notes:
            report.log(note)
        report.progress(2, 2, "done")
        return QuantizedModel(lowered, thresholds, observed, top is not None, effects, choices, rows)

    def _lower(self, inputs: Mapping[str, Any], thresholds: Mapping[str, float], after: Trace | None = None) -> Lowered:
        graph, calibration = inputs["prepare"].graph, inputs["calibrate"]
        return lower(graph, thresholds, **self.rules(graph, calibration.stats, thresholds), samples=calibration.sample, after=after)

    def rules(self, graph: Graph, stats: Mapping[str, TensorStats], thresholds: Mapping[str, float]) -> dict[str, Any]:
        """The options as the lowering takes them: its arguments but graph, thresholds and samples."""
        return {
            "requantizer": GuardBits() if self.requantizer == "guard_bits" else ShiftMultiply(self.shift_bits),
            "input_precision": self.input_precision,
            "output_precision": self.output_precision,
            "options": LoweringOptions(
                softmax_lambd=self.softmax_lambd,
                table_bits=self.table_bits,
                weights=self.weights,
                activations=self.activations,
                wide=wide_layers(graph, self.wide) | self._noisy(graph, stats, thresholds),
                rounding=self.rounding,
                correct_bias=self.correct_bias,
            ),
        }

    def _effects(self, inputs: Mapping[str, Any], thresholds: Mapping[str, float], report: Report) -> list[dict[str, Any]]:
        def lowered(**others: Any) -> Lowered:
            return replace(self, **others)._lower(inputs, thresholds)

        return step_effects(inputs["prepare"].graph, inputs["calibrate"].sample, asdict(self), lowered, report)

    def _noisy(self, graph: Graph, stats: Mapping[str, TensorStats], thresholds: Mapping[str, float]) -> frozenset[str]:
        return noisy_layers(graph, stats, thresholds, self.wide_below, unsigned=self.activations == "unsigned") if self.wide_below else frozenset()


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


def _plain(q: Quantized) -> list[Any]:
    return [q.ref.name, q.ref.index, q.scale, q.precision, q.threshold]


def _step(parts: Mapping[str, Any]) -> Step:
    return Step(str(parts["source"]), str(parts["target"]), int(parts["frac"]), int(parts["shift"]), int(parts["precision"]), float(parts["scale"]))


def _quantized(parts: list[Any]) -> Quantized:
    name, index, scale, precision, threshold = parts
    return Quantized(Ref(str(name), int(index)), float(scale), int(precision), float(threshold))
