"""What was prepared with one sample runs with three: no rewrite of windows or products builds the batch in."""

import numpy as np
import pytest

from mrt_studio.cvm.ops.base import make as make_cvm
from mrt_studio.ir.graph import with_input_shapes
from mrt_studio.ops.base import make, operators
from tests.nets import built, check_exact, floats, integers, lowered, prepared, rng_of, thresholds_of

NAMES = (
    "BatchNorm",
    "Convolution",
    "Deconvolution",
    "FullyConnected",
    "Pooling",
    "UpSampling",
    "_contrib_AdaptiveAvgPooling2D",
    "_contrib_BilinearResize2D",
    "batch_dot",
    "linalg_gemm2",
)
CASES = [(name, i) for name in NAMES for i, s in enumerate(operators[name].samples) if len(s.data) == 1 or name in ("UpSampling", "batch_dot")]


def graph_of(name, index):
    sample = operators[name].samples[index]

    def write(b, param):
        data = [b.input(f"data{i}", (1, *s[1:])) for i, s in enumerate(sample.data)]
        params = [param(f"param{i}", *s) for i, s in enumerate(sample.params)]
        if name == "BatchNorm":
            params[3] = param("variance", *sample.params[3], value=2)
        return b.op(name, *data, *params, name="node", **sample.attributes)

    return built(write)


@pytest.mark.parametrize(("name", "index"), [c for c in CASES if c != ("linalg_gemm2", 3)])
def test_another_batch(name, index):
    graph = graph_of(name, index)
    larger = {n.name: (3, *n.shapes[0][1:]) for n in graph.inputs}
    feeds = {key: rng_of(i).standard_normal(shape).astype(np.float32) for i, (key, shape) in enumerate(larger.items())}
    ready = with_input_shapes(prepared(graph), make, larger)
    np.testing.assert_allclose(floats(ready, feeds)[0], floats(graph, feeds)[0], rtol=1e-4, atol=1e-5)
    model = lowered(ready, thresholds_of(ready, feeds))
    check_exact(model.graph, integers(model, feeds))


def test_a_quantized_product_takes_another_batch():
    graph = graph_of("FullyConnected", 2)
    feeds = {"data0": rng_of(0).standard_normal((1, 3, 5)).astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds))
    larger = with_input_shapes(model.graph, make_cvm, {"data0": (4, 3, 5)})
    check_exact(larger, {"data0": rng_of(1).integers(-127, 128, (4, 3, 5))})
