"""What legalize rewrites and what it refuses, by operator."""

import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from tests.nets import built, floats, prepared, rng_of


def pooled(shape=(2, 3, 7, 8), **attributes):
    return built(lambda b, param: b.op("Pooling", b.input("data", shape), name="pool", **attributes))


KEPT = [
    {"pool_type": "avg", "kernel": (3, 2), "stride": (2, 3), "pad": (1, 1)},
    {"pool_type": "avg", "kernel": (2, 2), "stride": ()},
    {"pool_type": "avg", "kernel": (3, 4), "stride": (2, 2), "pooling_convention": "full"},
    {"pool_type": "avg", "kernel": (2, 2), "count_include_pad": False},
    {"pool_type": "avg", "global_pool": True, "kernel": (2, 2), "pad": (1, 1)},
    {"pool_type": "max", "global_pool": True, "kernel": (2, 2), "stride": (2, 2), "pad": (1, 1)},
    {"pool_type": "max", "kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)},
]


@pytest.mark.parametrize("attributes", KEPT, ids=range(len(KEPT)))
def test_pooling_keeps_its_function(attributes):
    graph = pooled(**attributes)
    feeds = {"data": rng_of(0).standard_normal((2, 3, 7, 8)).astype(np.float32)}
    before, after = floats(graph, feeds)[0], floats(prepared(graph), feeds)[0]
    assert before.shape == after.shape
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)


REFUSED = [
    ({"pool_type": "avg", "kernel": (3, 3), "pad": (1, 1), "count_include_pad": False}, "padding that does not count"),
    ({"pool_type": "avg", "kernel": (2, 2), "stride": (2, 2), "pooling_convention": "full"}, "reach over the edge"),
]


@pytest.mark.parametrize(("attributes", "reason"), REFUSED, ids=["count", "full"])
def test_averages_that_are_no_convolution_are_refused(attributes, reason):
    with pytest.raises(UnsupportedError, match=reason) as caught:
        prepared(pooled(**attributes))
    assert caught.value.where == "pool"
    assert "Split the model in front of 'pool'" in caught.value.remedy


def test_dropout_at_the_end_and_at_the_start_disappears():
    graph = built(lambda b, param: b.op("Dropout", b.op("relu", b.op("Dropout", b.input("data", (1, 2))), name="act")))
    ready = prepared(graph)
    assert [n.name for n in ready.operators] == ["act"]
    assert ready.outputs[0].name == "act"


def test_a_dense_layer_on_images_gets_a_flatten_with_its_lineage():
    graph = built(lambda b, param: b.op("FullyConnected", b.input("data", (2, 3, 2, 2)), param("w", 4, 12), param("b", 4), name="fc", num_hidden=4))
    ready = prepared(graph)
    assert [(n.op.name, n.origin) for n in ready.operators] == [("Flatten", ("fc",)), ("FullyConnected", ("fc",))]
