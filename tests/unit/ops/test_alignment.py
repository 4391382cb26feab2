import numpy as np
import pytest

from mrt_studio.fixedpoint import quantize_array, scale_for
from tests.nets import built, check_exact, extremes, floats, integers, lowered, prepared, thresholds_of

X = np.random.default_rng(0).uniform(-1, 1, (2, 40)).astype(np.float32)


def beside_its_power(name, largest, power):
    """An operator on x to a power, which has many bits and another range, and x; returns what came out and what was meant."""

    def write(b, _):
        x = y = b.input("data", X.shape)
        for i in range(power - 1):
            y = b.op("broadcast_mul", y, x, name=f"power{i}")
        operands = (y, b.op("negative", x, name="negative"), y) if name == "where" else (y, x)
        return b.op(name, *operands, name="node")

    graph, feeds = prepared(built(write)), {"data": X * np.float32(largest)}
    scale = scale_for(float(abs(feeds["data"]).max()), 8)
    feeds = {"data": (quantize_array(feeds["data"], scale, 8) / scale).astype(np.float32)}
    model = lowered(graph, thresholds_of(graph, feeds))
    check_exact(model.graph, extremes(model.graph, seed=1))
    found = check_exact(model.graph, integers(model, feeds))[0] / model.outputs[0].scale
    return found, floats(graph, feeds)[0]


@pytest.mark.parametrize("largest", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("power", [2, 3, 4])
@pytest.mark.parametrize("name", ["broadcast_minimum", "broadcast_maximum", "where"])
def test_a_large_operand_does_not_cost_a_small_result_its_digits(name, power, largest):
    found, meant = beside_its_power(name, largest, power)
    assert abs(found - meant).max() <= 1e-4 * abs(meant).max()


@pytest.mark.parametrize("largest", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("power", [2, 3, 4])
@pytest.mark.parametrize("name", ["broadcast_greater", "broadcast_lesser_equal", "broadcast_not_equal"])
def test_comparisons_of_operands_of_different_ranges(name, power, largest):
    found, meant = beside_its_power(name, largest, power)
    np.testing.assert_array_equal(found, meant)
