"""The benchmark's stress changes channels, not functions."""

import numpy as np

from tests.bench.accuracy.imbalance import unbalanced
from tests.nets import built, floats, prepared, rng_of


def chain():
    def write(b, param):
        x = b.input("data", (1, 3, 8, 8))
        x = b.op("relu", b.op("Convolution", x, param("w1", 6, 3, 3, 3), param("b1", 6), name="c1", kernel=(3, 3), num_filter=6), name="r1")
        x = b.op("relu", b.op("Convolution", x, param("w2", 6, 1, 3, 3), param("b2", 6), name="c2", kernel=(3, 3), num_filter=6, num_group=6), name="r2")
        x = b.op("relu", b.op("Convolution", x, param("w3", 4, 6, 1, 1), name="c3", kernel=(1, 1), num_filter=4, no_bias=True), name="r3")
        return b.op("FullyConnected", x, param("w4", 5, 64), name="fc", num_hidden=5, no_bias=True)

    return prepared(built(write))


def test_the_function_stays_and_the_weights_do_not():
    graph, feeds = chain(), {"data": rng_of(1).standard_normal((2, 3, 8, 8)).astype(np.float32)}
    other = unbalanced(graph, 1.0)
    assert np.allclose(floats(other, feeds)[0], floats(graph, feeds)[0], rtol=1e-4, atol=1e-4)
    changed = {name for name, array in graph.params.items() if not np.allclose(array, other.params[name])}
    assert changed == {"w1", "b1", "w2", "b2", "w3"}  # the last convolution feeds no other


def test_sigma_zero_changes_nothing():
    graph = chain()
    same = unbalanced(graph, 0.0)
    assert all(np.array_equal(array, same.params[name]) for name, array in graph.params.items())
