"""A hundred random graphs: prepare keeps the function, every way to run the integers agrees, and all is reproducible."""

import itertools

import numpy as np
import pytest

from mrt_studio.cvm.format import write_artifact
from mrt_studio.cvm.machine import trace
from mrt_studio.cvm.proof import bound_of, prove
from mrt_studio.cvm.requant import GuardBits, ShiftMultiply
from mrt_studio.cvm.wide_layers import wide_layers
from mrt_studio.ir.graph import Builder, Graph, Ref
from mrt_studio.ir.text import to_text
from mrt_studio.ops.base import make
from mrt_studio.ops.lowering import LoweringOptions
from mrt_studio.passes.base import passes
from tests.nets import check_exact, check_exact_on, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of

COUNT, BATCH = 100, 2


class Writer:
    """Adds one random operator after the other to a graph; all tensors so far may be read again."""

    def __init__(self, seed: int) -> None:
        self.rng = rng_of(seed)
        self.b = Builder(make)
        side = int(self.rng.integers(4, 9))
        self.tensors = [self.b.input("data", (BATCH, int(self.rng.integers(1, 5)), side, side))]
        self.count = 0

    def graph(self) -> Graph:
        """3 to 15 operators; a dense head in half of the graphs, two outputs in a fifth."""
        steps = int(self.rng.integers(3, 16))
        while self.count < steps:
            self.tensors.append(self.step(self.pick()))
        out = self.tensors[-1]
        if self.rng.random() < 0.5:
            out = self.dense(out)
        more = [self.op("relu", self.pick())] if self.rng.random() < 0.2 and len(self.b.shape(out)) == 4 else []
        same_rows = [r for r in more if np.prod(self.b.shape(r)[:-1]) == np.prod(self.b.shape(out)[:-1])]
        return self.b.graph([out, *same_rows])

    def pick(self) -> Ref:
        """Mostly the last tensor."""
        return self.tensors[-min(int(self.rng.geometric(0.75)), len(self.tensors))]

    def op(self, name: str, *inputs: Ref, **attributes: object) -> Ref:
        self.count += 1
        return self.b.op(name, *inputs, name=f"n{self.count}_{name}", **attributes)

    def param(self, *shape: int, spread: float | None = None) -> Ref:
        spread = float(10 ** self.rng.uniform(-1, 1)) if spread is None else spread
        array = self.rng.standard_normal(shape) * spread * (self.rng.random() > 0.05)
        return self.b.param(f"p{self.count}", array.astype(np.float32))

    def step(self, x: Ref) -> Ref:
        kinds = ["conv", "conv", "depthwise", "relu", "act", "clip", "pool", "norm", "residual", "residual", "concat", "gain", "shift", "drop", "padded"]
        return getattr(self, str(self.rng.choice(kinds)))(x)

    def conv(self, x: Ref, **more: object) -> Ref:
        channels, filters, k = self.b.shape(x)[1], int(self.rng.integers(1, 6)), int(self.rng.choice([1, 3]))
        bias = bool(self.rng.random() < 0.5)
        refs = [self.param(filters, channels, k, k)] + ([self.param(filters, spread=0.1)] if bias else [])
        return self.op("Convolution", x, *refs, kernel=(k, k), num_filter=filters, pad=(k // 2, k // 2), no_bias=not bias, **more)

    def depthwise(self, x: Ref) -> Ref:
        c = self.b.shape(x)[1]
        return self.op("Convolution", x, self.param(c, 1, 3, 3), kernel=(3, 3), num_filter=c, num_group=c, pad=(1, 1), no_bias=True)

    def padded(self, x: Ref) -> Ref:
        before, after = (int(v) for v in self.rng.integers(0, 3, 2))
        c = self.b.shape(x)[1]
        y = self.op("Pad", x, mode="constant", pad_width=(0, 0, 0, 0, before, after, after, before))
        return self.op("Convolution", y, self.param(2, c, 2, 2), kernel=(2, 2), num_filter=2, no_bias=True)

    def relu(self, x: Ref) -> Ref:
        return self.op("relu", x)

    def act(self, x: Ref) -> Ref:
        return self.op("Activation", x, act_type="relu")

    def drop(self, x: Ref) -> Ref:
        return self.op("Dropout", x)

    def clip(self, x: Ref) -> Ref:
        return self.op("clip", x, a_min=float(self.rng.choice([0.0, -2.0])), a_max=6.0)

    def pool(self, x: Ref) -> Ref:
        kind, size = str(self.rng.choice(["max", "avg"])), self.b.shape(x)[2]
        if size < 2:
            return self.relu(x)
        return self.op("Pooling", x, kernel=(2, 2), stride=(1, 1) if size < 4 else (2, 2), pool_type=kind)

    def norm(self, x: Ref) -> Ref:
        c = self.b.shape(x)[1]
        variance = self.b.param(f"p{self.count}", self.rng.uniform(0.1, 4, c).astype(np.float32))
        return self.op("BatchNorm", x, self.param(c, spread=1), self.param(c, spread=1), self.param(c, spread=1), variance, fix_gamma=False)

    def residual(self, x: Ref) -> Ref:
        others = [t for t in self.tensors if self.b.shape(t) == self.b.shape(x)]
        return self.op("elemwise_add", x, others[int(self.rng.integers(len(others)))])

    def concat(self, x: Ref) -> Ref:
        others = [t for t in self.tensors if self.b.shape(t)[2:] == self.b.shape(x)[2:] and self.b.shape(t)[1] < 8]
        return self.op("Concat", x, *others[-2:], num_args=1 + len(others[-2:]))

    def gain(self, x: Ref) -> Ref:
        return self.op("broadcast_mul", x, self.param(1, self.b.shape(x)[1], 1, 1))

    def shift(self, x: Ref) -> Ref:
        return self.op("broadcast_add", x, self.param(1, self.b.shape(x)[1], 1, 1))

    def dense(self, x: Ref) -> Ref:
        if self.rng.random() < 0.5:
            x = self.op("Pooling", x, global_pool=True, pool_type=str(self.rng.choice(["max", "avg"])), kernel=(1, 1))
        units = int(self.rng.integers(2, 6))
        width = int(np.prod(self.b.shape(x)[1:]))
        return self.op("FullyConnected", x, self.param(units, width), self.param(units, spread=0.1), num_hidden=units)


def made(seed):
    """The prepared graph of a seed, its data, and the integer model."""
    graph = Writer(seed).graph()
    feeds = {"data": rng_of(seed).standard_normal(graph.inputs[0].shapes[0]).astype(np.float32)}
    ready = prepared(graph)
    return graph, ready, feeds, lowered(ready, thresholds_of(ready, feeds), output_precision=8 if seed % 3 == 0 else None)


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_random_graph(seed):
    graph, ready, feeds, model = made(seed)
    for before, after in zip(floats(graph, feeds), floats(ready, feeds), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-4 * max(1, abs(before).max()))
    rows = prove(model.graph)
    several = [integers(model, feeds), extremes(model.graph, seed)]
    found = check_exact_on(model.graph, several)[0][0] / model.outputs[0].scale
    expected = floats(ready, feeds)[0]
    assert (expected**2).sum() >= 30 * ((expected - found) ** 2).sum()  # 15 dB: a wrong scale anywhere gives less
    for data in several:
        for ref, value in trace(model.graph, data):
            assert abs(value).max() <= bound_of(rows, ref)
    _, _, _, again = made(seed)
    assert to_text(again.graph) == to_text(model.graph)
    assert write_artifact(again.graph) == write_artifact(model.graph)
    assert (again.steps, again.notes, again.outputs) == (model.steps, model.notes, model.outputs)


COMBINATIONS = tuple(
    itertools.product((ShiftMultiply(), GuardBits()), ("tensor", "channel"), ("signed", "unsigned"), ((), ("all",)), (False, True), (False, True))
)
"""Requantizer, scales of weights, form of activations, wide layers, rounding by the data, and equalized channels."""


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_random_graph_with_each_combination_of_options(seed):
    """Each of the 64 combinations meets one or two graphs: the proof holds, and every way to run the integers agrees."""
    requantizer, weights, activations, wide, calibrated, equalized = COMBINATIONS[seed % len(COMBINATIONS)]
    _, ready, feeds, _ = made(seed)
    ready = passes["equalize"](clips=True).run(ready) if equalized else ready
    by_data = {"rounding": "calibrated", "correct_bias": "empirical"} if calibrated else {}
    options = LoweringOptions(weights=weights, activations=activations, wide=wide_layers(ready, wide), **by_data)
    settings = {"requantizer": requantizer, "options": options, "samples": feeds["data"], "input_precision": 15 if wide else 8}
    model = lowered(ready, thresholds_of(ready, feeds), **settings)
    rows = prove(model.graph)
    found = check_exact(model.graph, integers(model, feeds))[0] / model.outputs[0].scale
    expected = floats(ready, feeds)[0]
    assert (expected**2).sum() >= 30 * ((expected - found) ** 2).sum()
    check_exact(model.graph, extremes(model.graph, seed))
    for data in (integers(model, feeds), extremes(model.graph, seed)):
        for ref, value in trace(model.graph, data):
            assert abs(value).max() <= bound_of(rows, ref)
    assert write_artifact(lowered(ready, thresholds_of(ready, feeds), **settings).graph) == write_artifact(model.graph)


def test_the_graphs_are_of_all_sizes_and_kinds():
    graphs = [Writer(seed).graph() for seed in range(COUNT)]
    sizes = [len(g.operators) for g in graphs]
    assert min(sizes) <= 3
    assert max(sizes) >= 12
    kinds = {n.op.name for g in graphs for n in g.operators}
    assert {"Convolution", "Pad", "BatchNorm", "Pooling", "Concat", "elemwise_add", "broadcast_mul", "broadcast_add", "FullyConnected", "clip", "relu"} <= kinds
    assert sum(len(g.outputs) > 1 for g in graphs) >= 3
