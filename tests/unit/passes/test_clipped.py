"""Tensors that all their readers clip."""

import numpy as np
import pytest

from mrt_studio.cvm.requant import GuardBits
from mrt_studio.ops.lowering import LoweringOptions
from mrt_studio.passes.clipped import clipped
from tests.nets import built, check_exact, floats, integers, lowered, prepared, rng_of, thresholds_of

X = rng_of(0).standard_normal((2, 4, 5, 5)).astype(np.float32)


def net(*bounds, other=False, output=False):
    def write(b, param):
        conv = b.op("Convolution", b.input("data", X.shape), param("w", 6, 4, 1, 1, value=60 * rng_of(1).standard_normal((6, 4, 1, 1))), name="conv", **FORM)
        ends = [b.op("clip", conv, name=f"clip{i}", a_min=low, a_max=high) for i, (low, high) in enumerate(bounds)]
        ends += [b.op("relu", conv, name="relu")] if other else []
        return (*ends, conv) if output else tuple(ends)

    return built(write)


FORM = {"kernel": (1, 1), "num_filter": 6, "no_bias": True}


@pytest.mark.parametrize(
    ("bounds", "more", "expected"),
    [
        ([(0, 6)], {}, {"conv": 6}),
        ([(0, 6), (-9, 1)], {}, {"conv": 9}),
        ([(0, 6)], {"other": True}, {}),
        ([(0, 6)], {"output": True}, {}),
        ([], {"other": True}, {}),
    ],
)
def test_the_largest_bound_counts_where_all_readers_clip(bounds, more, expected):
    assert clipped(net(*bounds, **more)) == expected


@pytest.mark.parametrize("wide", [frozenset(), frozenset({"conv"})])
def test_values_far_beyond_a_clip_do_not_cost_those_below_it_their_digits(wide):
    graph = prepared(net((0, 6)))
    expected = floats(graph, {"data": X})[0]
    options = LoweringOptions(weights="channel", wide=wide)
    model = lowered(graph, thresholds_of(graph, {"data": X}), requantizer=GuardBits(), options=options, input_precision=15 if wide else 8)
    found = check_exact(model.graph, integers(model, {"data": X}))[0] / model.outputs[0].scale
    assert model.outputs[0].scale > 2000
    assert abs(found).max() <= 6.001
    within = (expected > 0) & (expected < 6)
    assert abs(found - expected)[within].max() < (1.0 if wide else 4.0)
