"""Padding against numpy on the machine, and constants far from the data."""

import itertools

import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference
from mrt_studio.errors import ShapeError
from mrt_studio.ops.base import make
from tests.nets import built, check_exact, floats, integers, lowered, prepared, thresholds_of
from tests.unit.ops.single import ran

SHAPE = (2, 2, 3, 4)


def padded(mode, widths, value=0.0):
    return prepared(built(lambda b, param: b.op("Pad", b.input("data", SHAPE), name="node", mode=mode, pad_width=(0,) * 4 + widths, constant_value=value)))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect"])
def test_every_width_is_exact(mode):
    x = np.arange(48).reshape(SHAPE) - 20
    for widths in itertools.product((0, 1, 2), (0, 2), (0, 1), (0, 3)):
        graph = padded(mode, widths)
        if not any(widths):
            assert graph.operators == ()
            continue
        model = lowered(graph, {"data": 127.0, "node": 127.0})
        (found,) = run_reference(model.graph, {"data": x})
        assert np.array_equal(found, np.pad(x, ((0, 0), (0, 0), widths[:2], widths[2:]), mode))


@pytest.mark.parametrize("value", [1e-3, -1.0, 17.5, -1e4, 3e9])
def test_constants_of_any_magnitude(value):
    graph, feeds = padded("constant", (1, 0, 0, 2), value), {"data": np.linspace(-1, 1, 48, dtype=np.float32).reshape(SHAPE)}
    model = lowered(graph, thresholds_of(graph, feeds))
    (found,) = check_exact(model.graph, integers(model, feeds))
    (expected,) = floats(graph, feeds)
    # 127 integers for x; where the constant is larger, sixteen bits for the larger of the two.
    assert abs(found / model.outputs[0].scale - expected).max() <= max(0.5 / 127, abs(value) / 32767) + 1e-6 * abs(value)


@pytest.mark.parametrize("widths", [(3, 0, 0, 0), (0, 0, 0, 4)])
def test_a_reflection_needs_one_element_more_than_it_adds(widths):
    with pytest.raises(ShapeError, match="too small to be reflected"):
        make("Pad", mode="reflect", pad_width=(0,) * 4 + widths).infer((SHAPE,))


@pytest.mark.parametrize("widths", [(1, 0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 1, 0, 0, 0, 0), (0,) * 10])
def test_batch_and_channels_are_not_padded(widths):
    with pytest.raises(ShapeError, match="cannot be padded"):
        make("Pad", mode="edge", pad_width=widths).infer((SHAPE,))


@pytest.mark.parametrize("size", [1e-9, 1e-13, 1e-30])
def test_a_constant_beside_nearly_nothing(size):
    out = ran("Pad", size * np.ones((1, 2, 3, 4)), mode="constant", pad_width=(0, 0, 0, 0, 1, 1, 1, 1), constant_value=0.5)
    np.testing.assert_allclose(out.found, out.meant, atol=1e-4)
