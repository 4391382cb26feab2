"""The machine's values while a graph is being lowered are those of the finished integer graph."""

from dataclasses import replace

import numpy as np
import pytest

import mrt_studio.cvm.weight_rounder
from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.machine_inputs import MachineInputs
from mrt_studio.cvm.requant import GuardBits
from mrt_studio.ops.lowering import LoweringOptions
from tests.nets import built, integers, lowered, prepared, rng_of, thresholds_of

DATA = {"data": rng_of(3).standard_normal((11, 4, 8, 8)).astype(np.float32)}


def net(b, param):
    form = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 8, "no_bias": True}
    x = b.op("relu", b.op("Convolution", b.input("data", (1, 4, 8, 8)), param("w1", 8, 4, 3, 3), name="conv1", **form), name="act")
    y = b.op("Convolution", x, param("w2", 8, 8, 3, 3), name="conv2", **form)
    x = b.op("Reshape", b.op("elemwise_add", x, y, name="add"), name="flat", shape=(-1, 512))
    return b.op("FullyConnected", x, param("w3", 5, 512), name="fc", num_hidden=5, no_bias=True)


@pytest.mark.parametrize("wide", [(), ("conv1", "conv2", "fc")])
def test_each_layer_sees_what_the_whole_machine_computes(wide, monkeypatch):
    seen, followers = {}, []

    class Noted(MachineInputs):
        def __init__(self, *args):
            super().__init__(*args)
            followers.append(self)

        def of(self, node):
            seen[node.name] = super().of(node)
            return seen[node.name]

    monkeypatch.setattr(mrt_studio.cvm.weight_rounder, "MachineInputs", Noted)
    graph = prepared(built(net))
    options = LoweringOptions(activations="unsigned", wide=frozenset(wide), correct_bias="empirical")
    model = lowered(graph, thresholds_of(graph, DATA), requantizer=GuardBits(), options=options, samples=DATA["data"])
    assert seen.keys() == {"conv1", "conv2", "fc"}
    for name in ("conv2", "fc"):
        source = model.tensors[graph[name].inputs[0].name]
        (expected,) = run_reference(replace(model.graph, outputs=(source.ref,)), integers(model, DATA))
        np.testing.assert_array_equal(seen[name], (expected / source.scale).astype(np.float32))
    assert followers[0]._values == {}
