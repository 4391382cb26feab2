"""What the tests of the reference API share."""

import hashlib

import numpy as np

from mrt_studio.cvm.machine import run_reference
from mrt_studio.fixedpoint import quantize_array
from tests.models.tiny import SHAPE


def noise(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, *SHAPE)).astype(np.float32)


def integers(model, data):
    """Return what the reference machine computes from float data."""
    (name,) = model.input_names()
    precision = model.graph[name].op.precision
    codes = quantize_array(data, model.input_scales[name], precision)
    return codes, run_reference(model.graph, {name: codes})


def digest(model):
    sums = hashlib.sha256()
    for name, array in sorted(model.graph.params.items()):
        sums.update(name.encode() + array.tobytes())
    return sums.hexdigest()


def snapshot(mrt, folder):
    mrt.current_model.to_cvm("net", folder)
    return {path.name: path.read_bytes() for path in (folder / "net").iterdir()}
