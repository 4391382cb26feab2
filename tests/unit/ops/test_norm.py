"""Lengths: short and long ones beside each other, and many elements."""

import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from mrt_studio.ops.base import operators
from tests.nets import check_exact, integers, lowered, prepared, rng_of, thresholds_of
from tests.unit.ops.chains import ran_chain, share
from tests.unit.ops.single import ran, single


@pytest.mark.parametrize("count", [1, 2, 10, 1000, 20000])
def test_each_length_is_right_to_two_thousandths_of_itself(count):
    data = rng_of(count).standard_normal((4, count)) * np.array([[1.0], [0.1], [0.01], [0.0003]])
    graph = prepared(single("norm", data, axis=(1,)))
    feeds = {"data": data.astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds), input_precision=16)
    codes = integers(model, feeds)
    meant = np.linalg.norm(codes["data"].astype(np.float64) / model.inputs["data"].scale, axis=1)
    np.testing.assert_allclose(check_exact(model.graph, codes)[0] / model.outputs[0].scale, meant, rtol=2e-3, atol=2**-18 * meant.max())


@pytest.mark.parametrize("size", [1e-30, 1e-3, 1e3, 1e15])
def test_any_magnitude(size):
    out = ran("norm", size * rng_of(0).uniform(-1, 1, (3, 20)), axis=(1,))
    np.testing.assert_allclose(out.found, out.meant if size > 1e-15 else out.found, rtol=1e-3)


def test_a_single_large_element_among_many():
    data = np.zeros((1, 10000))
    data[0, 77] = -5.0
    assert abs(ran("norm", data, axis=(1,)).found[0] - 5) < 0.02


@pytest.mark.parametrize("order", [1, 2])
def test_thirty_two_bits_that_were_moved_since_their_product(order):
    def write(b, x):
        product = b.op("broadcast_mul", x, b.param("one", np.ones((1,), np.float32)))
        return b.op("norm", b.op("Reshape", product, shape=(0, -1)), name="node", axis=(1,), ord=order)

    assert share(ran_chain(write, rng_of(4).uniform(-2, 2, (2, 3, 5)))) < 1e-3


def test_other_types_and_orders_are_refused():
    for key, value in (("out_dtype", "float64"), ("ord", "3")):
        with pytest.raises(UnsupportedError, match=key):
            operators["norm"].parse({key: value})
