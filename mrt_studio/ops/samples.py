"""An operator's samples as graphs: what the contract tests run, and the table of operators is made from."""

from __future__ import annotations

import numpy as np

from mrt_studio.ir.graph import Builder, Graph, Ref
from mrt_studio.ops.base import Operator, Sample, make


def sample_graph(cls: type[Operator], sample: Sample, *, fed: int, seed: int = 0) -> Graph:
    """The operator alone, as the node ``node``: its first `fed` inputs are fed, the others are parameters; a constant is added to an input."""
    rng, b = np.random.default_rng(seed), Builder(make)
    refs = list[Ref]()
    for i, shape in enumerate(sample.data):
        array = rng.uniform(sample.low, sample.high, shape).astype(np.float32)
        array = np.rint(array) if sample.whole else array
        refs.append(b.input("data" if i == 0 else f"data{i}", shape) if i < fed else b.param("", array, name=f"fixed{i}"))
    for i, shape in enumerate(sample.params, len(sample.data)):
        array = rng.standard_normal(shape).astype(np.float32)
        name = cls.input_names[i] if len(cls.input_names) > i else f"param{i}"
        refs.append(b.param("", abs(array) + np.float32(0.1) if name == "variance" else array, name=name))
    first = b.op(cls.name, *refs, name="node", **sample.attributes)
    if not refs:  # a constant alone is no model: add it to an input
        first = b.op("broadcast_add", b.input("data", b.shape(first)), first, name="sum")
    return b.graph(Ref(first.name, i) for i in range(sample.outputs))
