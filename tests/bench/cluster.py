"""Calibration on two workers against one: ``python -m tests.bench.cluster``.

Each worker is held to a core of its own, as if it were a machine: a process that may use more does some of the work in
parallel by itself. Prints the seconds of runs in turn, and the ratio of the medians. Where other work keeps the cores busy,
the ratio says little; the processor's seconds a batch still say what spreading costs.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from mrt_studio.datasets.base import Batch
from mrt_studio.ir.graph import Graph
from mrt_studio.session.cluster import Cluster
from mrt_studio.stages.base import Silent
from mrt_studio.stages.calibrate import Collect
from mrt_studio.stages.spread import Part
from mrt_studio.stats.accumulator import Totals
from tests.bench.spine import prepared_net
from tests.cluster_tasks import Pinned
from tests.models.zoo import images

BATCH, COUNT, REPEATS = 8, 24, 3


def main() -> None:
    """Calibrate resnet18 with one worker and with two, in turn."""
    graph, size = prepared_net(Path(tempfile.gettempdir()) / "mrt-studio-bench", "resnet18_v1")
    data = [Batch(images(BATCH, 3, size, size, i), None, ("",) * BATCH) for i in range(COUNT)]
    spent: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(REPEATS):
        for workers, seconds in spent.items():
            wall, cpu = calibration(graph, data, workers)
            seconds.append(wall)
            load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
            print(f"{workers} worker{'s' * (workers > 1)}: {wall:.1f} s, {cpu:.2f} CPU s a batch, {load}", flush=True)
    one, two = (statistics.median(seconds) for seconds in spent.values())
    print(f"resnet18, {COUNT} batches of {BATCH}: one worker {one:.1f} s, two {two:.1f} s, ratio {one / two:.2f}")


def calibration(graph: Graph, data: list[Batch], workers: int) -> tuple[float, float]:
    """Seconds of the batches after each worker's first, which loads MXNet, and the processor's seconds a batch."""
    warm = [*data[:workers], *data]
    parts = (Part(i, i * BATCH, batch) for i, batch in enumerate(warm))
    totals, started, spent = Totals(), 0.0, list[float]()
    with tempfile.TemporaryDirectory() as folder:
        results = Cluster(workers).map(Pinned(Collect(graph), Path(folder)), parts, len(warm), Silent())
        for done, (_, (found, cpu)) in enumerate(results, 1):
            totals.add(found)
            spent.append(cpu)
            if done == workers:
                started = time.perf_counter()
            elif done == len(warm):
                ended = time.perf_counter()
    return ended - started, statistics.mean(spent[workers:])


if __name__ == "__main__":
    main()
