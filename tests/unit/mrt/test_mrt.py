"""The reference API's MRT: calibration and quantization."""

import numpy as np
import pytest

from mrt_studio import Model
from mrt_studio.errors import DataError, OptionError, QuantizationError
from tests.models.tiny import SHAPE
from tests.unit.mrt.helpers import digest, integers, noise


def test_thresholds_are_the_largest_magnitudes(mrt, prepared):
    thresholds = mrt.observe()
    assert set(thresholds) == {n.name for n in prepared.graph.nodes}
    assert thresholds["data"] == np.abs(noise(4)).max()
    for name, array in prepared.graph.params.items():
        assert thresholds[name] == np.abs(array).max()


@pytest.mark.parametrize("lambd", [None, 1.5, 10])
def test_two_calls_merge_as_one_on_both_batches(prepared, lambd):
    both, one = prepared.get_mrt(), prepared.get_mrt()
    data = noise(10)
    for part in (data[:4], data[4:]):
        both.set_data(part)
        thresholds = both.calibrate(lambd=lambd)
    one.set_data(data)
    assert thresholds == one.calibrate(lambd=lambd)


def test_lambd_is_mean_plus_deviations(prepared):
    mrt = prepared.get_mrt()
    data = noise(4)
    mrt.set_data(data)
    wide = data.astype(np.float64)
    assert mrt.calibrate(lambd=2)["data"] == pytest.approx(abs(wide.mean()) + 2 * wide.std(), rel=1e-12)
    assert mrt.observe(1000)["data"] == np.abs(data).max()


def test_old_thresholds_are_a_floor(prepared, mrt):
    before = mrt.observe()
    other = prepared.get_mrt()
    other.set_data(noise(4))
    old = {"data": 100.0, "conv1": before["conv1"] / 2, "unknown": 5.0}
    assert other.calibrate(old_ths=old) == {**before, "data": 100.0}


def test_data_may_be_an_ndarray(prepared, mrt):
    import mxnet as mx

    other = prepared.get_mrt()
    other.set_data(mx.nd.array(noise(4)))
    assert other.calibrate(ctx=mx.cpu()) == mrt.observe()


@pytest.mark.parametrize("data", [None, np.zeros((0, *SHAPE)), np.zeros((2, 3, 9, 8)), np.full((2, *SHAPE), np.nan), np.zeros(4)])
def test_unusable_data_is_an_error(prepared, data):
    mrt = prepared.get_mrt()
    if data is not None:
        mrt.set_data(data)
    with pytest.raises(DataError):
        mrt.calibrate()


def test_thresholds_can_be_set(mrt):
    mrt.set_threshold("conv1", 1.5)
    first = mrt.quantize()
    table = {**mrt.observe(), "conv1": 1.5}
    mrt.set_threshold("fc0", 9.0)
    mrt.set_th_dict(table)
    assert digest(mrt.quantize()) == digest(first)
    scale = mrt.get_output_scales()
    mrt.set_threshold("fc0_weight", 100.0)
    mrt.quantize()
    assert mrt.get_output_scales() != scale


@pytest.mark.parametrize(("name", "value"), [("nothing", 1.0), ("conv1", -1.0), ("conv1", float("nan")), ("conv1", float("inf"))])
def test_unusable_thresholds_are_refused_and_change_nothing(mrt, name, value):
    before = digest(mrt.quantize())
    with pytest.raises(OptionError):
        mrt.set_threshold(name, value)
    with pytest.raises(OptionError):
        mrt.set_th_dict({"fc0": 1.0, name: value})
    assert digest(mrt.quantize()) == before


def test_precisions_can_be_set(mrt):
    mrt.set_input_prec(6)
    mrt.set_out_prec(8)
    model = mrt.quantize()
    assert mrt.get_inputs_ext() == {"data": {"scale": 31 / np.abs(noise(4)).max(), "target_bit": 6}}
    _, (out,) = integers(model, noise(4))
    assert np.abs(out).max() <= 127
    scales = mrt.get_output_scales()
    mrt.set_output_prec(None)
    mrt.quantize()
    assert mrt.get_output_scales() != scales


def test_shift_bits_change_the_graph(mrt):
    graphs = set()
    for bits in (0, 5, 24):
        mrt.set_shift_bits(bits)
        graphs.add(digest(mrt.quantize()))
    assert len(graphs) > 1
    mrt.set_softmax_lambd(8)


@pytest.mark.parametrize("setter", ["set_input_prec", "set_out_prec", "set_shift_bits"])
@pytest.mark.parametrize("value", [-1, 33, 1.5, "8", True])
def test_unusable_settings_are_refused(mrt, setter, value):
    with pytest.raises(OptionError):
        getattr(mrt, setter)(value)


def test_an_input_precision_is_needed(mrt):
    with pytest.raises(OptionError):
        mrt.set_input_prec(None)


def test_the_quantized_graph_is_the_machine_bit_for_bit(mrt):
    import mxnet as mx

    model = mrt.quantize()
    assert model is mrt.current_model
    codes, expected = integers(model, noise(7, seed=5))
    found = model.to_graph()(mx.nd.array(codes, dtype="float64"))
    assert found.dtype == np.float64
    assert np.array_equal(found.asnumpy(), expected[0])
    with pytest.raises(OptionError, match="float64"):
        model.to_graph(dtype="float32")


def test_results_are_named_and_scaled(mrt, prepared):
    import mxnet as mx

    model = mrt.quantize()
    (scale,) = mrt.get_output_scales()
    assert mrt.get_maps() == {model.output_names()[0]: "fc0"}
    ext = mrt.get_inputs_ext()
    assert ext == {"data": {"scale": 127 / np.abs(noise(4)).max(), "target_bit": 8}}
    ext["data"]["scale"] = 0
    assert mrt.get_inputs_ext()["data"]["scale"] > 0
    data = noise(8, seed=3)
    _, (out,) = integers(model, data)
    expected = prepared.to_graph()(mx.nd.array(data)).asnumpy()
    error = out / scale - expected
    assert 10 * np.log10((expected**2).sum() / (error**2).sum()) > 25


def test_results_need_quantization(prepared):
    mrt = prepared.get_mrt()
    for ask in (mrt.quantize, mrt.get_output_scales, mrt.get_inputs_ext):
        with pytest.raises(QuantizationError) as error:
            ask()
        assert error.value.remedy
    assert mrt.get_maps() == {"fc0": "fc0"}


def test_parameters_are_never_edited(files, tmp_path):
    model = Model.load(*files)
    loaded = digest(model)
    prepared = model.prepare((-1, *SHAPE))
    before = digest(prepared)
    mrt = prepared.get_mrt()
    mrt.set_data(noise(4))
    mrt.calibrate()
    quantized = mrt.quantize()
    after = digest(quantized)
    quantized.to_graph()
    quantized.to_cvm("net", tmp_path)
    mrt.quantize()
    assert (digest(model), digest(prepared), digest(quantized)) == (loaded, before, after)
    for part in (model, prepared, quantized):
        assert not any(array.flags.writeable for array in part.graph.params.values())
