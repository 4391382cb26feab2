"""Constants that follow from shapes: values against MXNet, and counting along the batch."""

import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from tests.nets import built, floats, prepared, rng_of


@pytest.mark.parametrize(
    ("sizes", "ratios", "more"),
    [
        ((0.2,), (1.0,), {}),
        ((0.1, 0.141), (1.0, 2.0, 0.5), {}),
        ((0.37, 0.447, 0.9), (2.0, 3.0), {"clip": True}),
        ((1.5,), (0.3, 5.0), {"steps": (0.125, 0.0625), "offsets": (0.25, 0.75)}),
    ],
)
@pytest.mark.parametrize("image", [(1, 1), (3, 5), (38, 19)])
def test_anchor_boxes_are_those_of_mxnet(sizes, ratios, more, image):
    graph = built(lambda b, param: b.op("_contrib_MultiBoxPrior", b.input("data", (1, 2, *image)), name="node", sizes=sizes, ratios=ratios, **more))
    (expected,) = floats(graph, {"data": np.zeros((1, 2, *image), np.float32)})
    assert graph.shape(graph.outputs[0]) == expected.shape
    np.testing.assert_allclose(prepared(graph).params["node"], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("axis", [None, 0, -2])
def test_counting_along_the_batch_is_refused(axis):
    graph = built(lambda b, param: b.op("_contrib_arange_like", b.input("data", (2, 3)), name="node", axis=axis))
    with pytest.raises(UnsupportedError, match="Counting along the batch") as caught:
        prepared(graph)
    assert caught.value.where == "_contrib_arange_like 'node'"


def test_counting_along_a_parameter_is_a_constant():
    def write(b, param):
        return b.op("broadcast_add", b.input("data", (2, 3)), b.op("_contrib_arange_like", param("w", 2, 3), name="node", repeat=2), name="sum")

    graph = built(write)
    feeds = {"data": rng_of(0).standard_normal((2, 3)).astype(np.float32)}
    assert prepared(graph).params["node"].tolist() == [[0, 0, 1], [1, 2, 2]]
    assert np.array_equal(floats(prepared(graph), feeds)[0], floats(graph, feeds)[0])
