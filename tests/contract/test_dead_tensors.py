"""Every operator behind a tensor that was zero all through calibration: a dead branch must not stop a model."""

import numpy as np
import pytest

from mrt_studio.ir.graph import Builder, Graph, Ref
from mrt_studio.ops.base import FloatOnly, make, operators
from tests.nets import check_exact_on, extremes, integers, lowered, prepared, rng_of, thresholds_of

CASES = [
    pytest.param(cls, sample, id=f"{name}-{index}")
    for name, cls in sorted(operators.items())
    if name == cls.name and not issubclass(cls, FloatOnly)
    for index, sample in enumerate(cls.samples)
    if sample.data
]


def behind_zeros(cls, sample) -> Graph:
    """The operator on relu of the input, and on parameters."""
    b, rng = Builder(make), rng_of(0)
    inputs = [b.op("relu", b.input("data", sample.data[0]), name="dead")]
    for i, shape in enumerate(sample.data[1:], 1):
        array = rng.uniform(sample.low, sample.high, shape)
        inputs.append(b.param("", (np.rint(array) if sample.whole else array).astype(np.float32), name=f"fixed{i}"))
    for i, shape in enumerate(sample.params, len(sample.data)):
        name = cls.input_names[i] if len(cls.input_names) > i else f"param{i}"
        array = rng.standard_normal(shape).astype(np.float32)
        inputs.append(b.param("", abs(array) + np.float32(0.1) if name == "variance" else array, name=name))
    node = b.op(cls.name, *inputs, name="node", **sample.attributes)
    return b.graph(Ref(node.name, i) for i in range(sample.outputs))


@pytest.mark.parametrize(("cls", "sample"), CASES)
def test_an_operator_on_zeros(cls, sample):
    graph = prepared(behind_zeros(cls, sample))
    feeds = {n.name: -np.ones(n.shapes[0], np.float32) for n in graph.inputs}
    found = thresholds_of(graph, feeds)
    assert found.get("dead", 0) == 0
    thresholds = {name: t if np.isfinite(t) else 1.0 for name, t in found.items()}  # a logarithm's, which a person would set by hand
    model = lowered(graph, thresholds)
    check_exact_on(model.graph, [integers(model, feeds), extremes(model.graph, seed=1)])
