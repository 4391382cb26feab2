"""Mean: exact at any count, and how large the count may be."""

import numpy as np
import pytest

from mrt_studio.errors import QuantizationError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make
from tests.nets import built, lowered, prepared, rng_of
from tests.unit.ops.single import ran


@pytest.mark.parametrize("count", [1, 2, 3, 7, 255, 1000, 4099])
def test_the_scale_holds_the_count(count):
    data = rng_of(count).uniform(-5, 5, (2, count))
    out = ran("mean", data, axis=(1,))
    np.testing.assert_allclose(out.found, out.meant, atol=1e-6)


def test_all_numbers_at_the_end_of_their_range():
    data = np.concatenate([np.full((1, 3000), 2.5), np.full((1, 3000), -2.5)])
    np.testing.assert_allclose(ran("mean", data, axis=(1,)).found, [2.5, -2.5], rtol=1e-6)


def test_too_large_a_count_is_refused():
    b = Builder(make)
    graph = prepared(b.graph([b.op("mean", b.input("data", (1, 1 << 23)), name="node", axis=(1,))]))
    with pytest.raises(QuantizationError, match="mean of 8,388,608 numbers"):
        lowered(graph, {"data": 1.0, "node": 1.0})


def test_a_wide_input_keeps_sixteen_bits():
    def write(b, param):
        doubled = b.op("broadcast_mul", b.input("data", (2, 9)), param("by", 1, 9), name="doubled")
        return b.op("mean", doubled, name="node", axis=(1,))

    graph = prepared(built(write))
    model = lowered(graph, {"data": 1.0, "doubled": 3.0, "by": 3.0, "node": 3.0})
    total = next(n for n in model.graph.nodes if n.op.name == "cvm.sum")
    assert total.inputs[0].name != "doubled"
    assert model.tensors["node"].precision <= 16 + 5
