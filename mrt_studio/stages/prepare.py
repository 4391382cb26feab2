"""Prepare: rewrite the float model into operators that can be quantized."""

from __future__ import annotations

import collections
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mrt_studio.collection import without_collection
from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.ir.fuse_inputs import fuse_inputs
from mrt_studio.ir.graph import Graph, Shape, with_input_shapes
from mrt_studio.ir.split import split
from mrt_studio.ir.unknown import refuse_unknown
from mrt_studio.ops.base import make
from mrt_studio.passes.base import Pass, passes
from mrt_studio.stages.base import Report, Stage, stages
from mrt_studio.stages.graph_files import load_graph, save_graph
from mrt_studio.stages.options import option

PASSES = ("fold_constants", "fold_pad", "fold_batch_norm", "legalize", "fold_constants")
"""The rewrites, in order; rewriting an operator may leave constants to fold."""
_EFFECTS = "prepared.effects.json"


@dataclass(frozen=True)
class PreparedModel:
    """A float graph of operators that can be quantized, and the part above the split keys if there are any."""

    graph: Graph
    top: Graph | None = None
    effects: tuple[str, ...] = ()
    """What passes changed of the float function, a sentence each."""

    def save(self, folder: Path) -> None:
        """Write the graphs, and the effects if there are any."""
        save_graph(folder, "prepared", self.graph)
        if self.top is not None:
            save_graph(folder, "top", self.top)
        if self.effects:
            (folder / _EFFECTS).write_text(json.dumps(self.effects))

    @classmethod
    def load(cls, folder: Path) -> PreparedModel:
        """Read what `save` wrote."""
        top = load_graph(folder, "top") if (folder / "top.json").exists() else None
        try:
            effects = tuple(map(str, json.loads((folder / _EFFECTS).read_text()))) if (folder / _EFFECTS).exists() else ()
        except (OSError, ValueError, TypeError) as error:
            raise ArtifactError("The prepared model's effects cannot be read.", where=folder.name, why=str(error), remedy="Prepare again.") from None
        return cls(load_graph(folder, "prepared"), top, effects)

    def summary(self) -> dict[str, Any]:
        """Counts of operators, and the shapes at the ends."""
        kinds = collections.Counter(n.op.name for n in self.graph.operators)
        return {
            "operators": len(self.graph.operators),
            "inputs": {n.name: list(n.shapes[0]) for n in self.graph.inputs},
            "outputs": {r.name: list(self.graph.shape(r)) for r in self.graph.outputs},
            "kinds": dict(kinds.most_common()),
            **({"effects": list(self.effects)} if self.effects else {}),
        }


@stages.register("prepare")
@dataclass(frozen=True)
class Prepare(Stage):
    """Infer shapes, fold padding and batch normalisation, rewrite each operator."""

    name = "prepare"
    title = "Prepare"
    needs = ("load",)
    artifact = PreparedModel

    input_shapes: dict[str, tuple[int, ...]] = option(
        {}, "shapes", "shapes of several inputs, which become one: a row of it holds a sample of each, in the model's order", low=1, high=1 << 20
    )
    input_shape: tuple[int, ...] = option((-1, 3, 224, 224), "integers", "shape of the input; -1 stands for the batch", low=-1, high=1 << 20)
    split_keys: tuple[str, ...] = option((), "names", "nodes where the model is split: what is above them stays in float")
    equalize: bool = option(False, "flag", "even out the channels between layers, so that one scale suits them all; the float function stays")
    relu6: str = option(
        "keep",
        "choice",
        "ReLU6 when equalizing: keep, channels in front of it stay; channel, it gets a bound for each channel; the float function stays",
        choices=("keep", "channel"),
    )
    absorb_bias: bool = option(False, "flag", "move biases three deviations above zero past ReLU into the next layer; of normal values 0.13 % change")

    def run(self, inputs: Mapping[str, Any], report: Report) -> PreparedModel:
        """Apply the passes.

        Raises:
            ShapeError: the input shape does not fit the model.
            UnsupportedError: an operator cannot be rewritten.
        """
        first = ("absorb_bias",) if self.absorb_bias else ()  # which needs batch normalisations as they are
        more = (f"equalize(clips={self.relu6 == 'channel'})",) if self.equalize else ()
        return prepare_graph(inputs["load"].graph, self.input_shape, self.split_keys, report, self.input_shapes, first=first, more=more)


@without_collection
def prepare_graph(
    graph: Graph,
    input_shape: tuple[int, ...],
    split_keys: tuple[str, ...],
    report: Report,
    input_shapes: Mapping[str, Shape] | None = None,
    first: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
) -> PreparedModel:
    """Apply the passes to a float graph with one input, or with several whose shapes are all given; `first` come before, `more` after them.

    Raises:
        OptionError: the shape or the keys are unusable.
        ShapeError: the input shape does not fit the model.
        UnsupportedError: an operator cannot be rewritten.
    """
    graph = passes["drop_labels"]().run(graph.with_own_origin())
    if input_shapes:
        return _prepared(fuse_inputs(graph, make, input_shapes), split_keys, report, (*first, *PASSES, *more))
    if len(graph.inputs) != 1:
        names = ", ".join(n.name for n in graph.inputs) or "none"
        raise OptionError(
            f"The model has {len(graph.inputs)} inputs: {names}.",
            where="prepare.input_shape",
            remedy="Give the shape of each in input_shapes; the machine takes one input, so they become one.",
        )
    shape = tuple(1 if i == 0 and size == -1 else size for i, size in enumerate(input_shape))
    if not shape or min(shape) < 1:
        raise OptionError(
            f"The input shape {list(input_shape)} is not usable.", where="prepare.input_shape", remedy="Only the first size may be -1, all others are positive."
        )
    return _prepared(with_input_shapes(graph, make, {graph.inputs[0].name: shape}), split_keys, report, (*first, *PASSES, *more))


def _prepared(shaped: Graph, split_keys: tuple[str, ...], report: Report, names: tuple[str, ...]) -> PreparedModel:
    shaped = passes["drop_labels"]().run(shaped)  # once more: what an output layer is depends on its shape
    base, top = split(shaped, split_keys) if split_keys else (shaped, None)
    refuse_unknown(base)
    effects = list[str]()
    for done, name in enumerate(names):
        chosen: Pass = passes.create(name)
        report.progress(done, len(names), chosen.name)
        if effect := chosen.effect(base):
            effects.append(effect)
            report.log(effect)
        base = chosen.run(base)
    report.progress(len(names), len(names), "done")
    return PreparedModel(_named_data(base), top, tuple(effects))


def _named_data(graph: Graph) -> Graph:
    """The graph with its input called ``data``, the only name the machine accepts [CVM]."""
    old = graph.inputs[0].name
    if old == "data":
        return graph
    if "data" in graph:
        raise OptionError(f"The input {old!r} must be renamed to 'data', but another node has that name.", remedy="Rename that node.")

    def renamed(name: str) -> str:
        return "data" if name == old else name

    nodes = tuple(replace(n, name=renamed(n.name), inputs=tuple(r._replace(name=renamed(r.name)) for r in n.inputs)) for n in graph.nodes)
    return replace(graph, nodes=nodes, outputs=tuple(r._replace(name=renamed(r.name)) for r in graph.outputs))
