"""Windows of the float graph, and bias correction by their mean."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.observed_inputs import ObservedInputs
from mrt_studio.cvm.patches import patches
from mrt_studio.cvm.requant import GuardBits
from mrt_studio.cvm.trace import Codes
from mrt_studio.cvm.weight_rounder import WeightRounder
from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make
from mrt_studio.ops.lowering import LoweringOptions, Parameter
from tests.nets import built, floats, integers, lowered, prepared, rng_of, thresholds_of

SHAPE = (3, 4, 9, 8)
X = np.maximum(rng_of(0).standard_normal(SHAPE), 0).astype(np.float32)
FORMS = {
    "plain": {"kernel": (1, 1)},
    "padded": {"kernel": (3, 3), "pad": (1, 1)},
    "strided": {"kernel": (3, 2), "pad": (2, 0), "stride": (2, 3)},
    "dilated": {"kernel": (3, 3), "pad": (1, 2), "dilate": (2, 3)},
}


def layer(groups=1, **window):
    def write(b, param):
        w = param("w", 8, 4 // groups, *window["kernel"])
        return b.op("Convolution", b.input("data", SHAPE), w, name="conv", num_filter=8, num_group=groups, no_bias=True, **window)

    return built(write)


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("window", FORMS.values(), ids=list(FORMS))
def test_windows_times_weights_are_the_convolution(window, groups):
    graph = layer(groups, **window)
    seen = patches(graph["conv"].op, X)
    weight = graph.params["w"].reshape(groups, 8 // groups, -1)
    found = (seen @ weight.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(len(X), -1, 8)
    expected = floats(graph, {"data": X})[0].reshape(len(X), 8, -1).transpose(0, 2, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_of_very_many_windows_a_part_is_drawn_and_always_the_same():
    op = make("Convolution", kernel=(1, 1), num_filter=2)
    x = rng_of(1).standard_normal((2, 2, 64, 64)).astype(np.float32)
    first = patches(op, x)
    assert first.shape == (1, 2048, 2)
    assert np.array_equal(first, patches(op, x))


@pytest.mark.parametrize(("flatten", "shape"), [(True, (1, 3, 288)), (False, (1, 3 * 4 * 9, 8))])
def test_dense_layers_see_rows(flatten, shape):
    assert patches(make("FullyConnected", num_hidden=2, flatten=flatten), X).shape == shape


def test_inputs_are_given_in_order_and_forgotten_after_their_last_reader():
    def write(b, param):
        x = b.op("relu", b.input("data", SHAPE), name="act")
        return b.op("elemwise_add", b.op("abs", x, name="abs"), x, name="add")

    graph = built(write)
    inputs = ObservedInputs(graph, X - 1)
    assert np.array_equal(inputs.of(graph["abs"]), np.maximum(X - 1, 0))
    for name in ("act", "abs", "add"):
        assert inputs.of(graph[name]) is not None
        inputs.forget(graph[name].inputs)
    assert inputs._values == {}


@pytest.mark.parametrize("rounding", ["nearest", "calibrated"])
def test_the_bias_takes_back_what_rounding_adds_to_the_mean(rounding):
    graph = layer(**FORMS["padded"])
    options = LoweringOptions(rounding=rounding, correct_bias="analytic")
    scales = np.full(8, 3.0)
    found = WeightRounder(graph, X, options, Codes(), Builder(make)).round(graph["conv"], Parameter("w", graph.params["w"], 10.0), scales[None])
    rounded = {**graph.params, "w": (found.codes / 3.0).astype(np.float32)}
    change = floats(type(graph)(graph.nodes, graph.outputs, rounded), {"data": X})[0] - floats(graph, {"data": X})[0]
    np.testing.assert_allclose(found.added, change.mean(axis=(0, 2, 3)), rtol=1e-3, atol=1e-5)
    assert abs(found.added).max() > 0.01


def coarse(b, param):
    """Three layers whose weights have few codes, for one of them is large."""
    x = b.input("data", SHAPE)
    for i in range(3):
        weight = rng_of(i).standard_normal((8, 4 if i == 0 else 8, 3, 3))
        weight[:, 0, 0, 0] = 60
        x = b.op("Convolution", x, param(f"w{i}", *weight.shape, value=weight), name=f"conv{i}", kernel=(3, 3), num_filter=8, pad=(1, 1), no_bias=True)
        x = b.op("relu", x, name=f"act{i}") if i < 2 else x
    return x


@pytest.mark.parametrize("form", [{}, {"activations": "unsigned"}, {"weights": "channel", "wide": frozenset({"conv0", "conv1", "conv2"})}])
def test_means_of_the_integer_model_come_near_those_of_the_float_one(form):
    """Those of the last layer only where the errors of the layers before it count too."""
    graph = prepared(built(coarse))
    expected = floats(graph, {"data": X})[0].mean(axis=(0, 2, 3))

    def gap(way):
        options = LoweringOptions(**form, correct_bias=way)
        model = lowered(graph, thresholds_of(graph, {"data": X}), requantizer=GuardBits(), options=options, samples=X)
        found = run_reference(model.graph, integers(model, {"data": X}))[0] / model.outputs[0].scale
        return abs(found.mean(axis=(0, 2, 3)) - expected).mean()

    assert gap("analytic") < 0.5 * gap("off")
    assert gap("empirical") < 0.7 * gap("analytic")


def test_without_samples_there_is_no_rounding_by_the_data():
    graph = layer(**FORMS["plain"])
    with pytest.raises(OptionError, match="no samples"):
        lowered(graph, thresholds_of(graph, {"data": X}), options=LoweringOptions(rounding="calibrated"))
