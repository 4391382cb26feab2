"""Speed and memory of the pipeline: ``python -m tests.bench.spine``.

Prints medians of wall seconds, and ratios within this run: time per node at four times the nodes, calibration
and the fast machine against MXNet's plain forward pass, memory against the number of batches.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mrt_studio.cvm.format import write_artifact
from mrt_studio.cvm.lower import lower
from mrt_studio.cvm.machine import FastMachine
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.datasets.base import Batch
from mrt_studio.engine import Executor
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Builder, Graph
from mrt_studio.ops.base import make
from mrt_studio.stages.base import Silent
from mrt_studio.stages.calibrate import calibrate
from mrt_studio.stages.load import read_model
from mrt_studio.stages.prepare import prepare_graph
from tests.models.zoo import images, side, zoo_model

REPEATS = 7


def main() -> None:
    """Run all benchmarks."""
    folder = Path(tempfile.gettempdir()) / "mrt-studio-bench"
    import_time()
    linearity()
    densenet(folder)
    for name in ("resnet18_v1", "mobilenet1_0", "squeezenet1_0", "densenet121"):
        calibration(folder, name)
    for name in ("resnet18_v1", "mobilenet1_0"):
        machine(folder, name)
    memory()


def median(action: Callable[[], object], clock: Callable[[], float] = time.perf_counter, repeats: int = REPEATS) -> float:
    """The median seconds of an action, after one run to warm up."""
    action()
    spent = list[float]()
    for _ in range(repeats):
        started = clock()
        action()
        spent.append(clock() - started)
    return statistics.median(spent)


def import_time() -> None:
    """A fresh interpreter, with and without the package."""

    def run(code: str) -> float:
        return median(lambda: subprocess.run([sys.executable, "-c", code], check=True), repeats=5)

    print(
        f"import mrt_studio: {run('import mrt_studio') - run('pass'):.3f} s; with Session: {run('import mrt_studio; mrt_studio.Session') - run('pass'):.3f} s"
    )


def chain(blocks: int) -> tuple[Graph, dict[str, float]]:
    """A residual chain of `blocks` blocks, about seven nodes each, with batch normalisation; and thresholds of one."""
    b, rs = Builder(make), np.random.RandomState(0)
    x = b.input("data", (1, 8, 8, 8))
    for i in range(blocks):
        weight = b.param("", rs.randn(8, 8, 3, 3).astype(np.float32), name=f"w{i}")
        y = b.op("Convolution", x, weight, name=f"conv{i}", kernel=(3, 3), pad=(1, 1), num_filter=8, no_bias=True)
        stats = [b.param("", np.ones(8, np.float32), name=f"{role}{i}") for role in ("gamma", "beta", "mean", "var")]
        y = b.op("BatchNorm", y, *stats, name=f"bn{i}", fix_gamma=False)
        x = b.op("elemwise_add", b.op("Activation", y, name=f"act{i}", act_type="relu"), x, name=f"add{i}")
    graph = b.graph([x])
    prepared = prepare_graph(graph, (1, 8, 8, 8), (), Silent()).graph
    return graph, {n.name: 1.0 for n in prepared.nodes}


def convert(graph: Graph, shape: tuple[int, ...], thresholds: dict[str, float]) -> None:
    """Prepare, quantize, write."""
    prepared = prepare_graph(graph, shape, (), Silent()).graph
    write_artifact(lower(prepared, thresholds, requantizer=ShiftMultiply()).graph)


def linearity() -> None:
    """Time per node of prepare + quantize + write at 1, 4 and 16 times the nodes."""
    rows = list[tuple[int, float]]()
    for blocks in (100, 400, 1600):
        graph, thresholds = chain(blocks)
        seconds = median(lambda g=graph, t=thresholds: convert(g, (1, 8, 8, 8), t), time.process_time, 3)
        rows.append((len(graph.nodes), seconds / len(graph.nodes)))
    for nodes, each in rows:
        print(f"prepare + quantize + write, chain of {nodes:>6} nodes: {each * 1e6:6.1f} CPU us a node, {each / rows[0][1]:.2f}x of the smallest")


def densenet(folder: Path) -> None:
    """CPU seconds of prepare + quantize + write on densenet121."""
    files = zoo_model("densenet121", folder)
    graph = read_model(files.symbol, files.params)
    prepared = prepare_graph(graph, (1, 3, 224, 224), (), Silent()).graph
    thresholds = {n.name: 1.0 for n in prepared.nodes}
    seconds = median(lambda: convert(graph, (1, 3, 224, 224), thresholds), time.process_time, 3)
    print(f"prepare + quantize + write, densenet121 ({len(graph.nodes)} nodes): {seconds:.2f} CPU s")


def prepared_net(folder: Path, name: str) -> tuple[Graph, int]:
    """A prepared net of the zoo and its side in pixels."""
    files = zoo_model(name, folder)
    size = side(name)
    return prepare_graph(read_model(files.symbol, files.params), (1, 3, size, size), (), Silent()).graph, size


def calibration(folder: Path, name: str, batch: int = 16) -> None:
    """Calibration with all statistics against the forward pass of the same batch."""
    graph, size = prepared_net(folder, name)
    data = Batch(images(batch, 3, size, size, 500), None, tuple(map(str, range(batch))))
    executor = Executor.of(graph)
    forward = median(lambda: executor.forward({"data": data.data}))
    collect = median(lambda: calibrate(graph, [data], 1, 0, Silent()))
    print(f"calibrate {name:<14} batch {batch}: {collect:.2f} s, forward {forward:.2f} s, ratio {collect / forward:.2f}")


def machine(folder: Path, name: str, batch: int = 8) -> None:
    """The fast machine against MXNet's float forward pass."""
    graph, size = prepared_net(folder, name)
    calibrated = calibrate(graph, [Batch(images(4, 3, size, size, 500), None, ("0",) * 4)], 1, 0, Silent())
    lowered = lower(graph, {n: s.absmax for n, s in calibrated.stats.items()}, requantizer=ShiftMultiply())
    data = images(batch, 3, size, size, 9000)
    entry = lowered.inputs["data"]
    integers = {"data": quantize_array(data, entry.scale, entry.precision)}
    executor, fast = Executor.of(graph), FastMachine(lowered.graph)
    forward = median(lambda: executor.forward({"data": data}))
    exact = median(lambda: fast.run(integers))
    print(f"machine {name:<16} batch {batch}: {exact:.2f} s, float forward {forward:.2f} s, ratio {exact / forward:.2f}")


_MEMORY = """
import sys
import numpy as np
from tests.bench.spine import chain
from mrt_studio.datasets.base import Batch
from mrt_studio.stages.base import Silent
from mrt_studio.stages.calibrate import calibrate
from mrt_studio.stages.prepare import prepare_graph
count = int(sys.argv[1])
graph = prepare_graph(chain(30)[0], (1, 8, 8, 8), (), Silent()).graph
rs = np.random.RandomState(0)
calibrate(graph, (Batch(rs.randn(64, 8, 8, 8).astype(np.float32), None, ("",) * 64) for _ in range(count)), count, 0, Silent())
print(int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) // 1024)
"""


def memory() -> None:
    """Peak memory of a calibration with 10 and with 200 batches, each in a process of its own."""
    peaks = [int(subprocess.run([sys.executable, "-c", _MEMORY, str(n)], check=True, capture_output=True, text=True).stdout) for n in (10, 200)]
    print(f"calibrate, peak memory: {peaks[0]} MiB with 10 batches, {peaks[1]} MiB with 200")


if __name__ == "__main__":
    main()
