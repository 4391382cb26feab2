"""Whole networks from files to a verified artifact, against the figures of MRT's own implementation."""

import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest

from mrt_studio.cvm.artifact import verify_artifact
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.datasets.base import Batch
from mrt_studio.demos.base import demos
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.symbol import read_graph
from mrt_studio.metrics.base import metrics
from mrt_studio.ops.base import parse
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Silent
from mrt_studio.stages.calibrate import Calibration, calibrate
from mrt_studio.stages.compile import CompiledModel, compile_model
from mrt_studio.stages.evaluate import Comparison
from mrt_studio.stages.load import read_model
from mrt_studio.stages.prepare import PreparedModel, prepare_graph
from mrt_studio.stages.quantize import Quantize, QuantizedModel
from tests.models.zoo import images, side


class Quantized(NamedTuple):
    """A float model, its statistics, and its integer form."""

    prepared: PreparedModel
    calibration: Calibration
    quantized: QuantizedModel


def quantize(graph, data):
    """Prepare, calibrate on one batch, and quantize as MRT does by default."""
    prepared = prepare_graph(graph, (-1, *data.shape[1:]), (), Silent())
    batch = Batch(data, None, tuple(map(str, range(len(data)))))
    calibration = calibrate(prepared.graph, [batch], 1, 0, Silent())
    quantized = Quantize().run({"prepare": prepared, "calibrate": calibration}, Silent())
    return Quantized(prepared, calibration, quantized)


def check_artifact(model, folder):
    """Compile for one sample, read back, and run both machines on the sample."""
    lowered = model.quantized.lowered
    (entry,) = lowered.inputs.values()
    sample = quantize_array(model.calibration.sample, entry.scale, entry.precision)
    compiled = compile_model(lowered.graph, entry.scale, [q.scale for q in lowered.outputs], sample)
    compiled.save(folder)
    found = verify_artifact(folder / "model")  # the manifest holds what the reference gave before writing
    assert found.manifest == found.reference == found.fast
    again = CompiledModel.load(folder)
    assert np.array_equal(again.sample, sample)
    assert again.summary() == compiled.summary()


def sqnr(model, data):
    """Return the first output's signal to noise ratio in dB on data that was not calibrated on."""
    expected, found = Comparison(model.prepared.graph, model.quantized, None).outputs(data)
    return metrics["sqnr"]().value(expected, found, None)


ZOO_SQNR = {
    # As MRT's own implementation gives it: calibrated on 4 images, evaluated on 2 others.
    "alexnet": (28.08, 28.08),
    "mobilenet0_25": (11.19, 11.19),
    "mobilenet1_0": (9.30, 9.30),
    "mobilenet_v2_1_0": (10.29, 10.29),
    "resnet18_v1": (24.38, 24.38),
    "squeezenet1_0": (31.18, 31.18),
    "vgg11": (23.75, 23.75),
    # The reference gives 23.13 and 13.61. Both nets average in the middle (a convolution of equal weights). The cause of
    # our higher figures is not known; scales of concatenations and bits lost to the last place were tried and are not it.
    "densenet121": (23.13, 23.75),
    "inception_v3": (13.61, 13.81),
    # The reference fails here: its rule for a batch norm whose shift is zero is wrong.
    "resnet18_v2": (20, 27.04),
}


@pytest.mark.parametrize("name", ZOO_SQNR)
def test_a_network_of_the_zoo(model_files, name, tmp_path):
    reference, ours = ZOO_SQNR[name]
    size = side(name)
    model = quantize(read_model(*model_files(name)), images(4, 3, size, size, 500))
    found = sqnr(model, images(2, 3, size, size, 9000))
    assert found >= reference - 0.05
    assert found == pytest.approx(ours, abs=0.05)
    check_artifact(model, tmp_path)


def test_lenet_reads_digits_in_integers(lenet, tmp_path):
    model = quantize(read_model(*lenet.files), lenet.calibration)
    expected, found = Comparison(model.prepared.graph, model.quantized, None).outputs(lenet.images)
    right = 100 * (expected.argmax(1) == lenet.labels).mean()
    assert right >= 97
    assert 100 * (found.argmax(1) == lenet.labels).mean() == pytest.approx(right, abs=0.5)
    check_artifact(model, tmp_path)
    lowered = model.quantized.lowered
    (entry,) = lowered.inputs.values()
    feeds = {"data": quantize_array(lenet.images[:200], entry.scale, entry.precision)}
    for exact, fast in zip(run_reference(lowered.graph, feeds), FastMachine(lowered.graph).run(feeds), strict=True):
        assert np.array_equal(exact, fast)


@pytest.mark.parametrize("name", demos)
def test_a_demo(name, tmp_path):
    if not demos[name].available():
        pytest.skip(f"{demos[name].requirement} is not installed")
    demo = demos[name]()
    model = quantize(read_graph(demo.symbol(), demo.params(), parse, where=name), images(4, 3, demo.size, demo.size, 500))
    check_artifact(model, tmp_path)
    assert sqnr(model, images(2, 3, demo.size, demo.size, 9000)) > 5


def test_the_session_gives_the_same_bits_as_the_functions(model_files, tmp_path):
    files = model_files("mobilenet0_25")
    np.save(tmp_path / "images.npy", images(4, 3, 224, 224, 500))
    session = Session(
        tmp_path / "project", {"load": {"model": str(files.symbol)}, "calibrate": {"dataset": f"arrays(path='{tmp_path}/images.npy')", "batch": 4}}
    )
    session.run("compile")
    model = quantize(read_model(*files), images(4, 3, 224, 224, 500))
    check_artifact(model, tmp_path)
    for name in ("symbol", "params", "ext", "data.npy", "manifest.json"):
        assert (session.folder("compile") / "model" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()


CALIBRATE = """
import resource, sys
from pathlib import Path
from mrt_studio.datasets.base import batches, datasets
from mrt_studio.stages.base import Silent
from mrt_studio.stages.calibrate import calibrate
from mrt_studio.stages.load import read_model
from mrt_studio.stages.prepare import prepare_graph

symbol, params, count = sys.argv[1:]
graph = prepare_graph(read_model(Path(symbol), Path(params)), (-1, 3, 224, 224), (), Silent()).graph
calibrate(graph, batches(datasets.create("stdrandom()"), 4, int(count)), int(count), 0, Silent())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_the_batches(model_files):
    """One batch's tensors take about 40 MB, so keeping them would take 1 GB more."""
    peaks = [
        int(subprocess.run([sys.executable, "-c", CALIBRATE, *model_files("mobilenet0_25"), str(count)], capture_output=True, text=True, check=True).stdout)
        for count in (5, 30)
    ]
    assert peaks[1] < peaks[0] + 60
