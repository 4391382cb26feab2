"""A small net with a residual and a batch normalisation, written without MXNet, for tests that run it in milliseconds."""

from pathlib import Path

import numpy as np

from mrt_studio.ir.graph import Builder, Graph
from mrt_studio.ir.params import write_params
from mrt_studio.ir.symbol import write_symbol
from mrt_studio.ops.base import make
from tests.models.cache import ModelFiles

SHAPE = (3, 8, 8)
"""One sample."""
CLASSES = 5


def tiny_graph(seed: int = 0) -> Graph:
    """Return convolution, batch norm and relu, a residual, pooling and a dense layer, with random weights."""
    rng = np.random.default_rng(seed)
    b = Builder(make)

    def weights(name: str, *shape: int):
        return b.param("", rng.normal(0, 0.3, shape).astype(np.float32), name=name)

    x = b.input("data", None)
    x = b.op("Convolution", x, weights("conv0_weight", 8, 3, 3, 3), name="conv0", kernel=(3, 3), pad=(1, 1), num_filter=8, no_bias=True)
    gamma, beta, mean = weights("bn0_gamma", 8), weights("bn0_beta", 8), weights("bn0_running_mean", 8)
    variance = b.param("", rng.uniform(0.5, 2, 8).astype(np.float32), name="bn0_running_var")
    x = b.op("BatchNorm", x, gamma, beta, mean, variance, name="bn0", fix_gamma=False)
    x = b.op("Activation", x, name="relu0", act_type="relu")
    y = b.op("Convolution", x, weights("conv1_weight", 8, 8, 3, 3), weights("conv1_bias", 8), name="conv1", kernel=(3, 3), pad=(1, 1), num_filter=8)
    x = b.op("elemwise_add", x, y, name="add0")
    x = b.op("Pooling", x, name="pool0", kernel=(2, 2), stride=(2, 2))
    x = b.op("Flatten", x, name="flatten0")
    x = b.op("FullyConnected", x, weights("fc0_weight", CLASSES, 128), weights("fc0_bias", CLASSES), name="fc0", num_hidden=CLASSES)
    return b.graph([x])


def write_model(graph: Graph, folder: Path, name: str) -> ModelFiles:
    """Write a float graph as `HybridBlock.export` would."""
    files = ModelFiles(folder / f"{name}-symbol.json", folder / f"{name}-0000.params")
    files.symbol.write_bytes(write_symbol(graph))
    files.params.write_bytes(write_params(graph.params))
    return files


def tiny_model(folder: Path, name: str = "tiny", seed: int = 0) -> ModelFiles:
    """Write the net's two files into `folder`."""
    return write_model(tiny_graph(seed), folder, name)


def tiny_recipe(files: ModelFiles, count: int = 1) -> dict[str, dict[str, object]]:
    """Return the options that run the net on noise."""
    return {
        "load": {"model": str(files.symbol)},
        "prepare": {"input_shape": [-1, *SHAPE]},
        "calibrate": {"dataset": "stdrandom(shape=(3, 8, 8), count=64)", "batch": 4, "count": count},
        "evaluate": {"batch": 4, "count": 2, "start": 16},
    }
