"""The demos against MXNet, on photos whose content everyone can see."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mrt_studio
from mrt_studio.datasets.base import datasets
from mrt_studio.demos.base import Demo, demos
from tests.models.oracle import forward

CATS, ESPRESSO, TRIPOD = range(281, 288), 967, 872
"""Class numbers of ImageNet."""


@pytest.fixture(params=list(demos))
def demo(request) -> Demo:
    made = demos[request.param]()
    if not made.available():
        pytest.skip(f"{made.requirement} is not installed")
    return made


def photos(demo: Demo, *names: str) -> np.ndarray:
    """Return some of scikit-image's photos, made as the demo's own recipe says."""
    dataset = datasets.create(demo.recipe()["calibrate"]["dataset"])
    batch = dataset.batch(0, len(dataset))
    return batch.data[[batch.names.index(name) for name in names]]


def test_a_cat_an_espresso_and_a_tripod_are_recognised(demo):
    logits = forward(demo.symbol().decode(), demo.params(), photos(demo, "chelsea", "coffee", "camera"))
    cat, coffee, camera = logits.argmax(1)
    assert cat in CATS
    assert coffee == ESPRESSO
    assert camera == TRIPOD


def test_params_are_those_of_the_symbol(demo):
    import mxnet as mx

    symbol, params = mx.sym.load_json(demo.symbol().decode()), demo.params()
    arguments, _, states = symbol.infer_shape(data=(1, 3, demo.size, demo.size))
    wanted = dict(zip(symbol.list_arguments(), arguments, strict=True)) | dict(zip(symbol.list_auxiliary_states(), states, strict=True))
    del wanted["data"]
    assert {name: array.shape for name, array in params.items()} == wanted
    assert {array.dtype for array in params.values()} == {np.dtype(np.float32)}
    assert all(array.flags.c_contiguous for array in params.values())


def test_mxnet_writes_the_same_symbol(demo):
    import mxnet as mx

    assert json.loads(mx.sym.load_json(demo.symbol().decode()).tojson()) == json.loads(demo.symbol())


def test_neither_mxnet_nor_the_package_is_imported(demo):
    code = f"""
import sys
from mrt_studio.demos.base import demos
demo = next(d for d in (demos[n]() for n in demos) if d.title == {demo.title!r})
demo.symbol(), demo.params()
print(sorted({{"mxnet", "torch", demo.checkpoint.split("/")[0]}} & set(sys.modules)))
"""
    root = Path(mrt_studio.__file__).parents[1]
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
