"""The forms of convolutions and dense layers: unsigned and wide data, scales per channel; each against the sums it stands for."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference, trace
from mrt_studio.cvm.requant import GuardBits
from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import int_range
from mrt_studio.ops.lowering import LoweringOptions
from tests.nets import built, check_exact, extremes, floats, integers, lowered, prepared, rng_of, thresholds_of

WINDOWS = {
    "plain": {"kernel": (1, 1)},
    "padded": {"kernel": (3, 3), "pad": (1, 1)},
    "uneven": {"kernel": (3, 2), "pad": (2, 1), "stride": (2, 1)},
    "strided": {"kernel": (5, 5), "pad": (2, 2), "stride": (2, 2)},
    "dilated": {"kernel": (3, 3), "pad": (2, 2), "dilate": (2, 2)},
    "mostly_padding": {"kernel": (3, 3), "pad": (2, 2), "stride": (3, 3)},
}
FEEDS = {"data": rng_of(8).standard_normal((2, 4, 7, 6)).astype(np.float32)}


def net(groups=1, bias=True, spread=0.0, **window):
    """A layer whose result has more than eight bits, a ReLU, and the convolution in question."""

    def write(b, param):
        x = b.op("Convolution", b.input("data", (2, 4, 7, 6)), param("w0", 4, 4, 1, 1), name="first", kernel=(1, 1), num_filter=4, no_bias=True)
        size = np.exp(spread * rng_of(1).standard_normal((8, 1, 1, 1)))
        shape = (8, 4 // groups, *window["kernel"])
        refs = [param("w", *shape, value=rng_of(2).standard_normal(shape) * size)] + ([param("b", 8)] if bias else [])
        return b.op("Convolution", b.op("relu", x, name="act"), *refs, name="conv", num_filter=8, num_group=groups, no_bias=not bias, **window)

    return built(write)


def lowered_with(graph, samples=None, requantizer=None, **options):
    ready = prepared(graph)
    wide = frozenset(options.pop("wide", ()))
    return lowered(ready, thresholds_of(ready, FEEDS), requantizer=requantizer or GuardBits(), options=LoweringOptions(wide=wide, **options), samples=samples)


def values_of(model, feeds):
    """Every tensor of the integer graph, by name."""
    found = {ref.name: value for ref, value in trace(model.graph, feeds)}
    return found | {name: array.astype(np.int64) for name, array in model.graph.params.items()}


def only(model, op, index=0):
    return [n for n in model.graph.operators if n.op.name == f"cvm.{op}"][index]


@pytest.mark.parametrize("extreme", [False, True])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("window", WINDOWS.values(), ids=list(WINDOWS))
def test_unsigned_data_give_the_sums_of_their_codes_at_the_border_too(window, groups, extreme):
    """The accumulators equal a convolution of codes 0 to 254, padded with zeros, plus the bias at their scale."""
    graph = net(groups, **window)
    model = lowered_with(graph, activations="unsigned")
    feeds = extremes(model.graph, 1) if extreme else integers(model, FEEDS)
    check_exact(model.graph, feeds)
    values = values_of(model, feeds)
    codes = values["conv_unsigned"] + 127
    assert (codes.min(), codes.max()) == (0, 254)
    weight, scale = values["w"], model.tensors["conv"].scale
    bias = np.round(graph.params["b"].astype(np.float64) * scale)
    conv = only(model, "conv2d", 1).op
    expected = type(conv)(**{**vars(conv), "use_bias": True}).run(codes, weight, bias.astype(np.int64))
    last = only(model, "conv2d", 1) if not any(window.get("pad", ())) else only(model, "broadcast_add", 1)
    assert np.array_equal(values[last.name], expected)


@pytest.mark.parametrize("bias", [False, True])
def test_wide_data_give_the_sums_of_fifteen_bit_codes(bias):
    graph = net(2, bias, **WINDOWS["padded"])
    model = lowered_with(graph, wide=["conv"])
    check_exact(model.graph, extremes(model.graph, 2))
    feeds = integers(model, FEEDS)
    check_exact(model.graph, feeds)
    values = values_of(model, feeds)
    high, low = values["conv_high"], values["conv_low"]
    codes = high * 128 + low
    assert abs(codes).max() == int_range(15)
    assert abs(low).max() <= 127
    assert np.array_equal(codes, values[only(model, "cvm_right_shift", 0).name])
    conv = only(model, "conv2d", 1).op
    wide_bias = np.round(graph.params["b"].astype(np.float64) * model.tensors["conv"].scale / 128) * 128 if bias else np.zeros(8)
    expected = type(conv)(**{**vars(conv), "use_bias": True}).run(codes, values["w"], wide_bias.astype(np.int64))
    assert np.array_equal(values["conv_both"], expected)


@pytest.mark.parametrize("spread", [0.0, 2.0, 6.0])
def test_channels_with_scales_of_their_own_meet_at_one(spread):
    """Each channel fills eight bits, and the accumulator of each times its factor stands for the same real number."""
    graph = net(bias=True, spread=spread, **WINDOWS["padded"])
    model = lowered_with(graph, weights="channel")
    check_exact(model.graph, extremes(model.graph, 3))
    check_exact(model.graph, integers(model, FEEDS))
    fill = abs(model.graph.params["w"].astype(int)).reshape(8, -1).max(axis=1)
    ranges = abs(graph.params["w"]).reshape(8, -1).max(axis=1)
    assert (fill[ranges > ranges.max() / 100] >= 120).all()
    found = check_exact(model.graph, integers(model, FEEDS))[0] / model.outputs[0].scale
    expected = floats(graph, FEEDS)[0]
    noise, signal = ((found - expected) ** 2).sum(axis=(0, 2, 3)), (expected**2).sum(axis=(0, 2, 3))
    assert (signal[ranges > ranges.max() / 100] > 1e3 * noise[ranges > ranges.max() / 100]).all()


@pytest.mark.parametrize("spread", [0.0, 1.0])
@pytest.mark.parametrize("wide", [(), ("first", "conv")], ids=["eight", "fifteen"])
def test_scales_of_their_own_lose_nothing_on_data_that_were_not_calibrated_on(spread, wide):
    """There are results beyond their thresholds: one scale for each channel leaves as much room for them as one for all."""
    graph = net(spread=spread, **WINDOWS["padded"])
    unseen = {"data": rng_of(35).standard_normal((24, 4, 7, 6)).astype(np.float32)}
    expected = floats(graph, unseen)[0]
    assert abs(expected).max() > 1.1 * thresholds_of(graph, FEEDS)["conv"]
    noise = {}
    for weights in ("tensor", "channel"):
        model = lowered_with(graph, weights=weights, wide=wide)
        check_exact(model.graph, extremes(model.graph, 5))
        noise[weights] = ((run_reference(model.graph, integers(model, unseen))[0] / model.outputs[0].scale - expected) ** 2).sum()
    assert noise["channel"] <= noise["tensor"]


def test_results_of_scales_of_their_own_reach_twice_the_threshold():
    ready = prepared(net(**WINDOWS["padded"]))
    thresholds = thresholds_of(ready, FEEDS)
    largest = thresholds["conv"]
    thresholds["conv"] /= 1.9
    model = lowered(ready, thresholds, requantizer=GuardBits(), options=LoweringOptions(weights="channel"))
    found = check_exact(model.graph, integers(model, FEEDS))[0] / model.outputs[0].scale
    assert abs(found).max() == pytest.approx(largest, rel=0.02)
    assert model.tensors["conv"].precision == 17


@pytest.mark.parametrize("bits", [8, 9])
def test_data_of_eight_bits_stay_signed(bits):
    """An input of eight bits through a ReLU has all its codes as it is."""

    def write(b, param):
        return b.op("Convolution", b.op("relu", b.input("data", (2, 4, 7, 6))), param("w", 3, 4, 1, 1), kernel=(1, 1), num_filter=3, no_bias=True, name="conv")

    ready = prepared(built(write))
    options = LoweringOptions(activations="unsigned")
    model = lowered(ready, thresholds_of(ready, FEEDS), requantizer=GuardBits(), options=options, input_precision=bits)
    assert ("conv_unsigned" in model.graph) == (bits > 8)
    check_exact(model.graph, extremes(model.graph, 0))


def test_a_layer_behind_numbers_of_both_signs_stays_signed():
    def write(b, param):
        x = b.op("Convolution", b.input("data", (2, 4, 7, 6)), param("w0", 4, 4, 1, 1), name="first", kernel=(1, 1), num_filter=4, no_bias=True)
        return b.op("Convolution", x, param("w", 3, 4, 1, 1), name="conv", kernel=(1, 1), num_filter=3, no_bias=True)

    assert not any("unsigned" in n.name for n in lowered_with(built(write), activations="unsigned").graph.nodes)


OPTIONS = {
    "unsigned": {"activations": "unsigned"},
    "channel": {"weights": "channel"},
    "wide": {"wide": ["fc"]},
    "all": {"activations": "unsigned", "weights": "channel", "rounding": "calibrated", "correct_bias": "empirical"},
}


@pytest.mark.parametrize("flatten", [True, False])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
def test_dense_layers_in_all_forms(options, flatten):
    def write(b, param):
        x = b.op("Convolution", b.input("data", (2, 4, 7, 6)), param("w0", 4, 4, 1, 1), name="first", kernel=(1, 1), num_filter=4, no_bias=True)
        x = b.op("relu", x, name="act")
        return b.op("FullyConnected", x, param("w", 5, 168 if flatten else 6), param("b", 5), name="fc", num_hidden=5, flatten=flatten)

    graph = built(write)
    model = lowered_with(graph, FEEDS["data"], **options)
    found = check_exact(model.graph, integers(model, FEEDS))[0] / model.outputs[0].scale
    check_exact(model.graph, extremes(model.graph, 4))
    expected = floats(graph, FEEDS)[0]
    assert ((found - expected) ** 2).sum() < 1e-3 * (expected**2).sum()
    assert model.tensors["fc"].ref == model.outputs[0].ref


@pytest.mark.parametrize("name", ["w", "b", "w0"])
@pytest.mark.parametrize("options", [*OPTIONS.values(), {"wide": ["conv"]}], ids=[*OPTIONS, "wide_conv"])
def test_zeros_anywhere_do_no_harm(name, options):
    graph = net(bias=True, **WINDOWS["padded"])
    graph.params[name].setflags(write=True)
    graph.params[name][...] = 0
    model = lowered_with(graph, FEEDS["data"], **{key: value for key, value in options.items() if value != ["fc"]})
    out = check_exact(model.graph, integers(model, FEEDS))[0] / model.outputs[0].scale
    expected = floats(graph, FEEDS)[0]
    np.testing.assert_allclose(out, expected, atol=0.02 * abs(expected).max())


def test_weights_that_cancel_out_need_no_offset():
    graph = net(bias=False, kernel=(1, 2), pad=(1, 0))
    graph.params["w"].setflags(write=True)
    graph.params["w"][..., 1] = -graph.params["w"][..., 0]
    model = lowered_with(graph, activations="unsigned")
    assert "take" not in {n.op.name.removeprefix("cvm.") for n in model.graph.operators}
    found = check_exact(model.graph, integers(model, FEEDS))[0] / model.outputs[0].scale
    expected = floats(graph, FEEDS)[0]
    np.testing.assert_allclose(found, expected, atol=0.03 * abs(expected).max())


def test_a_bias_that_leaves_int32_is_refused_with_the_layer():
    graph = net(bias=True, **WINDOWS["padded"])
    graph.params["b"].setflags(write=True)
    graph.params["b"][...] = 1e9
    with pytest.raises(QuantizationError, match="The bias of 'conv' needs"):
        lowered_with(graph, activations="unsigned")
    model = lowered_with(graph, activations="unsigned", weights="channel")  # there the weights give way
    found = check_exact(model.graph, integers(model, FEEDS))[0] / model.outputs[0].scale
    np.testing.assert_allclose(found, floats(graph, FEEDS)[0], rtol=0.01)
