"""Compile: write the integer graph down for the machine, read it back, and check that it computes the same bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mrt_studio.cvm.artifact import FILES, load_artifact, save_artifact
from mrt_studio.cvm.format import read_artifact, write_artifact
from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.manifest import MANIFEST, digest
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.storage import plan_storage, storage_bytes
from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array, Graph, with_input_shapes
from mrt_studio.stages.base import Report, Stage, stages
from mrt_studio.stages.options import option

FOLDER = "model"
"""The artifact's folder inside the stage's own."""


@dataclass(frozen=True)
class CompiledModel:
    """What the artifact's files hold."""

    graph: Graph
    input_scale: float
    output_scales: tuple[float, ...]
    sample: Array

    def save(self, folder: Path) -> None:
        """Write the artifact into ``model/``."""
        save_artifact(folder / FOLDER, self.graph, input_scale=self.input_scale, output_scales=self.output_scales, sample=self.sample)

    @classmethod
    def load(cls, folder: Path) -> CompiledModel:
        """Read the artifact and hold it against its manifest."""
        found = load_artifact(folder / FOLDER)
        return cls(found.graph, found.ext.scale, found.ext.output_scales, found.sample)

    def summary(self) -> dict[str, Any]:
        """Gas, storage and sizes."""
        return {
            "operators": len(self.graph.operators),
            "input_shape": list(self.sample.shape),
            "gas": gas(self.graph).total,
            "storage_bytes": storage_bytes(self.graph, plan_storage(self.graph)),
            "parameter_bytes": int(sum(a.nbytes for a in self.graph.params.values())),
        }


@stages.register("compile")
@dataclass(frozen=True)
class Compile(Stage):
    """Write `symbol` and `params` for the Cortex virtual machine, with scales, a sample and a manifest."""

    name = "compile"
    title = "Compile"
    needs = ("calibrate", "quantize")
    artifact = CompiledModel

    batch: int = option(1, "integer", "samples that the compiled model takes at once", low=1, high=1024)

    def run(self, inputs: Mapping[str, Any], report: Report) -> CompiledModel:
        """Compile and check.

        Raises:
            OverflowError32: a tensor could leave INT32, or a limit of the runtime is exceeded.
            ModelError: the runtime would not take the graph.
            QuantizationError: what was written computes something else, which would be a bug.
        """
        lowered = inputs["quantize"].lowered
        name, entry = next(iter(lowered.inputs.items()))
        data = np.resize(inputs["calibrate"].sample, (self.batch, *lowered.graph[name].shapes[0][1:]))
        sample = quantize_array(data, entry.scale, entry.precision)
        report.progress(0, 2, "writing")
        compiled = compile_model(lowered.graph, entry.scale, [q.scale for q in lowered.outputs], sample)
        report.progress(1, 2, "reading back and checking")
        check_compiled(compiled)
        report.progress(2, 2, "done")
        return compiled


def compile_model(graph: Graph, input_scale: float, output_scales: Sequence[float], sample: Array) -> CompiledModel:
    """The model at the sample's shape (N, ...); the sample's integers fit the input's precision."""
    compiled = with_input_shapes(graph, make, {graph.inputs[0].name: sample.shape})
    return CompiledModel(compiled, input_scale, tuple(output_scales), sample)


def check_compiled(model: CompiledModel) -> None:
    """Write, read back, run: the fast machine on what was read against the reference on the original.

    Raises:
        QuantizationError: an output differs.
    """
    read = read_artifact(*write_artifact(model.graph), where="compiled model")
    feeds = {model.graph.inputs[0].name: model.sample}
    for expected, found in zip(run_reference(model.graph, feeds), FastMachine(read).run(feeds), strict=True):
        if not np.array_equal(expected, found):
            raise QuantizationError(
                "The compiled model computes something else than the quantized one.",
                why="This is a bug of MRT Studio.",
                remedy="Please report it with the model.",
            )


def artifact_files(folder: Path) -> list[dict[str, Any]]:
    """Name, bytes and SHA-256 of each file of an artifact."""
    paths = [folder / name for name in (*FILES, MANIFEST)]
    return [{"name": p.name, "bytes": p.stat().st_size, "sha256": digest(p.read_bytes())} for p in paths if p.is_file()]
