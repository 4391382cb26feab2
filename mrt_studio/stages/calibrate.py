"""Calibrate: run data through the prepared model and keep the statistics of every tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mrt_studio.datasets.base import Batch, batches, datasets
from mrt_studio.engine import Stepper
from mrt_studio.errors import ArtifactError, DataError
from mrt_studio.ir.graph import Array, Graph
from mrt_studio.stages.base import Report, Stage, stages
from mrt_studio.stages.options import option
from mrt_studio.stages.spread import Part, Step, map_batches
from mrt_studio.stats.accumulator import Totals, collect
from mrt_studio.stats.files import DAMAGE, load_stats, save_stats
from mrt_studio.stats.tensor_stats import TensorStats


@dataclass(frozen=True)
class Calibration:
    """Statistics of every node and parameter of the prepared model, the first samples of the data (n, ...), and the data set's text."""

    stats: Mapping[str, TensorStats]
    sample: Array
    dataset: str = ""

    def save(self, folder: Path) -> None:
        """Write the statistics and the sample."""
        save_stats(folder / "stats.npz", self.stats)
        np.save(folder / "sample.npy", self.sample, allow_pickle=False)
        (folder / "dataset.txt").write_text(self.dataset)

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Read the statistics and the sample."""
        try:
            sample = np.load(folder / "sample.npy", allow_pickle=False)
            dataset = (folder / "dataset.txt").read_text()
        except DAMAGE as error:
            raise ArtifactError("The calibration's sample cannot be read.", where=folder.name, why=str(error)[:300], remedy="Calibrate again.") from None
        return cls(load_stats(folder / "stats.npz"), sample, dataset)

    def summary(self) -> dict[str, Any]:
        """How much was seen."""
        return {"tensors": len(self.stats), "samples": max(s.samples for s in self.stats.values())}


@stages.register("calibrate")
@dataclass(frozen=True)
class Calibrate(Stage):
    """Collect once: thresholds are chosen afterwards, without data."""

    name = "calibrate"
    title = "Calibrate"
    needs = ("prepare",)
    artifact = Calibration

    dataset: str = option("photos()", "text", "data set, as name(option=value): arrays, images, photos, mnist, stdrandom")
    batch: int = option(16, "integer", "samples in one batch", low=1, high=4096)
    count: int = option(1, "integer", "number of batches; 0 means all the data", low=0, high=1 << 20)
    start: int = option(0, "integer", "first sample", low=0, high=1 << 40)
    keep: int = option(1, "integer", "samples that are kept beside the statistics, for options of quantize that look at data", low=1, high=1024)

    def run(self, inputs: Mapping[str, Any], report: Report) -> Calibration:
        """Run all batches.

        Raises:
            OptionError: the data set's text is not usable.
            DataError: there are too few samples, of another shape, or the model overflows on them.
        """
        graph: Graph = inputs["prepare"].graph
        source = datasets.create(self.dataset)
        report.log(source.describe())
        count = self.count or -(-max(len(source) - self.start, 0) // self.batch)
        found = calibrate(graph, batches(source, self.batch, self.count or None, self.start), count, self.start, report, self.keep)
        return replace(found, dataset=self.dataset)


def calibrate(graph: Graph, data: Iterable[Batch], count: int, start: int, report: Report, keep: int = 1) -> Calibration:
    """Statistics of every tensor over `count` batches whose samples are numbered from `start`; the first `keep` are kept.

    Memory does not grow with the number of batches, but for four numbers a tensor and sample.

    Raises:
        DataError: a batch has another shape than the model's input, or a tensor is not finite.
    """
    shape = graph.inputs[0].shapes[0]
    kept = [np.empty((0, *shape[1:]), np.float32)]

    def parts() -> Iterator[Part]:
        first = start
        for number, batch in enumerate(data):
            if batch.data.shape[1:] != shape[1:]:
                raise DataError(
                    f"The data set's samples have shape {batch.data.shape[1:]}, but the model takes {shape[1:]}.",
                    remedy="Change the data set's size, or the input shape that the model is prepared for.",
                )
            kept.append(batch.data[: max(0, keep - (first - start))].copy())
            yield Part(number, first, batch)
            first += len(batch)

    totals = Totals()
    for _, found in map_batches(Collect(graph), parts(), count, report):
        totals.add(found)
    stats = totals.result()
    if not stats:
        raise DataError("There is no data to calibrate on.")
    stats |= {name: TensorStats.of_parameter(array) for name, array in graph.params.items()}
    return Calibration(stats, np.concatenate(kept))


@dataclass(frozen=True, eq=False)
class Collect:
    """Statistics of every tensor of a prepared graph, but its parameters, over one batch."""

    graph: Graph

    @property
    def steps(self) -> int:
        """One for each operator."""
        return len(self.graph.operators)

    def open(self) -> Callable[[Part, Step], dict[str, TensorStats]]:
        """Bring the parameters to MXNet."""
        stepper, name = Stepper(self.graph), self.graph.inputs[0].name

        def tensors(part: Part, step: Step) -> Iterator[tuple[str, Array]]:
            yield name, part.batch.data
            for done, (node, value) in enumerate(stepper.run({name: part.batch.data})):
                step(done)
                yield node.name, value

        return lambda part, step: collect(tensors(part, step), part.first)
