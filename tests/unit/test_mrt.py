"""The reference API: names, arguments and meaning as MRT's document has them."""

import hashlib
import inspect
import json

import numpy as np
import pytest

from mrt_studio import MRT, Model, ModelMerger
from mrt_studio.cvm.artifact import load_artifact, verify_artifact
from mrt_studio.cvm.machine import run_reference
from mrt_studio.errors import ArtifactError, DataError, ModelError, OptionError, QuantizationError, StudioError, UnsupportedError
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make
from tests.models.oracle import forward
from tests.models.tiny import SHAPE, tiny_graph, tiny_model, write_model


def noise(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, *SHAPE)).astype(np.float32)


@pytest.fixture
def files(tmp_path):
    return tiny_model(tmp_path)


@pytest.fixture
def prepared(files):
    return Model.load(*files).prepare((-1, *SHAPE))


@pytest.fixture
def mrt(prepared):
    made = prepared.get_mrt()
    made.set_data(noise(4))
    made.calibrate()
    return made


def integers(model, data):
    """Return what the reference machine computes from float data."""
    (name,) = model.input_names()
    precision = model.graph[name].op.precision
    codes = quantize_array(data, model.input_scales[name], precision)
    return codes, run_reference(model.graph, {name: codes})


def digest(model):
    sums = hashlib.sha256()
    for name, array in sorted(model.graph.params.items()):
        sums.update(name.encode() + array.tobytes())
    return sums.hexdigest()


# Names and arguments


@pytest.mark.parametrize(
    ("cls", "name", "arguments"),
    [
        (Model, "input_names", []),
        (Model, "output_names", []),
        (Model, "names", []),
        (Model, "to_graph", ["dtype=", "ctx="]),
        (Model, "save", ["symbol_file", "params_file"]),
        (Model, "load", ["symbol_file", "params_file"]),
        (Model, "split", ["keys"]),
        (Model, "merger", ["base", "top", "base_name_maps="]),
        (Model, "prepare", ["input_shape="]),
        (Model, "to_cvm", ["model_name", "datadir=", "input_shape=", "target="]),
        (MRT, "set_data", ["data"]),
        (MRT, "calibrate", ["ctx=", "lambd=", "old_ths="]),
        (MRT, "set_threshold", ["name", "threshold"]),
        (MRT, "set_th_dict", ["th_dict"]),
        (MRT, "set_input_prec", ["prec"]),
        (MRT, "set_out_prec", ["prec"]),
        (MRT, "set_softmax_lambd", ["val"]),
        (MRT, "set_shift_bits", ["val"]),
        (MRT, "quantize", []),
        (MRT, "get_output_scales", []),
        (MRT, "get_maps", []),
        (MRT, "get_inputs_ext", []),
        (MRT, "save", ["model_name", "datadir="]),
        (MRT, "load", ["model_name", "datadir="]),
        (ModelMerger, "merge", ["callback="]),
        (ModelMerger, "get_output_scales", ["base_oscales", "maps"]),
    ],
)
def test_the_interface_is_the_documented_one(cls, name, arguments):
    parameters = [p for p in inspect.signature(getattr(cls, name)).parameters.values() if p.name != "self"]
    assert [p.name + ("=" if p.default is not p.empty else "") for p in parameters] == arguments
    static = isinstance(inspect.getattr_static(cls, name), staticmethod)
    assert static == (name in ("load", "merger"))


# Models


def test_load_reads_what_gluon_exports(lenet):
    model = Model.load(*lenet.files)
    assert model.input_names() == ["data"]
    assert len(model.output_names()) == 1
    assert model.names() == model.output_names()


def test_load_reads_aux_and_plain_names_alike(tmp_path):
    import mxnet as mx

    graph = tiny_graph()
    symbol = tiny_model(tmp_path).symbol
    is_state = {name: "running" in name for name in graph.params}
    mx.nd.save(str(tmp_path / "prefixed.params"), {f"{'aux' if is_state[n] else 'arg'}:{n}": mx.nd.array(a) for n, a in graph.params.items()})
    mx.nd.save(str(tmp_path / "plain.params"), {n: mx.nd.array(a) for n, a in graph.params.items()})
    for name in ("prefixed", "plain"):
        assert digest(Model.load(symbol, tmp_path / f"{name}.params")) == digest(Model(graph))


def test_save_and_load_give_the_same_model(prepared, tmp_path):
    prepared.save(tmp_path / "a.json", tmp_path / "a.params")
    again = Model.load(tmp_path / "a.json", tmp_path / "a.params")
    again.save(str(tmp_path / "b.json"), str(tmp_path / "b.params"))
    for suffix in ("json", "params"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    assert again.graph.nodes == prepared.graph.nodes


@pytest.mark.filterwarnings("ignore:Cannot decide type:UserWarning")  # MXNet's own import says so
def test_to_graph_equals_mxnets_own_import(files):
    import mxnet as mx

    data = mx.nd.array(noise(3))
    expected = mx.gluon.SymbolBlock.imports(str(files.symbol), ["data"], str(files.params))(data).asnumpy()
    assert np.array_equal(Model.load(*files).to_graph()(data).asnumpy(), expected)
    double = Model.load(*files).to_graph(dtype="float64", ctx=mx.cpu())(data.astype("float64")).asnumpy()
    assert double.dtype == np.float64
    np.testing.assert_allclose(double, expected, rtol=1e-4, atol=1e-5)


def test_prepare_keeps_the_function(files, prepared):
    import mxnet as mx

    data = mx.nd.array(noise(3))
    expected = Model.load(*files).to_graph()(data).asnumpy()
    np.testing.assert_allclose(prepared.to_graph()(data).asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_to_graph_of_lenet_equals_mxnet(lenet):
    import mxnet as mx

    params = {name.partition(":")[2]: array.asnumpy() for name, array in mx.nd.load(str(lenet.files.params)).items()}
    expected = forward(lenet.files.symbol.read_text(), params, lenet.images[:32])
    assert np.array_equal(Model.load(*lenet.files).to_graph()(mx.nd.array(lenet.images[:32])).asnumpy(), expected)


# Calibration


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


# Quantization


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


# Files


def snapshot(mrt, folder):
    mrt.current_model.to_cvm("net", folder)
    return {path.name: path.read_bytes() for path in (folder / "net").iterdir()}


def test_save_and_load_keep_everything(mrt, tmp_path):
    mrt.set_input_prec(7)
    mrt.set_out_prec(9)
    mrt.set_shift_bits(3)
    mrt.set_softmax_lambd(8)
    mrt.set_threshold("conv1", 1.5)
    mrt.quantize()
    mrt.save("net", tmp_path / "data")
    again = MRT.load("net", tmp_path / "data")
    for ask in ("get_output_scales", "get_maps", "get_inputs_ext", "observe"):
        assert getattr(again, ask)() == getattr(mrt, ask)()
    assert snapshot(again, tmp_path / "a") == snapshot(mrt, tmp_path / "b")
    again.quantize()
    assert snapshot(again, tmp_path / "c") == snapshot(mrt, tmp_path / "b")
    for tool in (mrt, again):
        tool.set_data(noise(3, seed=9))
    assert again.calibrate() == mrt.calibrate()
    assert digest(again.quantize()) == digest(mrt.quantize())


def test_save_and_load_before_quantization(mrt, prepared, tmp_path):
    mrt.save("net", tmp_path)
    again = MRT.load("net", tmp_path)
    assert again.observe() == mrt.observe()
    assert digest(again.quantize()) == digest(mrt.quantize())
    with pytest.raises(DataError):
        again.calibrate()
    prepared.get_mrt().save("bare", tmp_path)
    bare = MRT.load("bare", tmp_path)
    assert digest(bare.current_model) == digest(prepared)
    with pytest.raises(QuantizationError):
        bare.quantize()


def test_the_ext_file_begins_with_mrts_four_lines(mrt, tmp_path):
    mrt.quantize()
    mrt.save("net", tmp_path)
    old_names, thresholds, precisions, scales, _ = (json.loads(line) for line in (tmp_path / "net.ext").read_text().splitlines())
    assert old_names == ["fc0"]
    assert thresholds == mrt.observe()
    assert precisions["data"] == {"out_key": 8}
    assert scales["data"] == mrt.get_inputs_ext()["data"]["scale"]


@pytest.mark.parametrize("name", ["net.ext", "net.json", "net.params", "net.prepared.json", "net.prepared.params", "net.stats.npz", "net.sample.npy"])
@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b""), lambda p: p.write_bytes(p.read_bytes()[:-40])])
def test_damaged_files_are_errors(mrt, tmp_path, name, damage):
    mrt.quantize()
    mrt.save("net", tmp_path)
    damage(tmp_path / name)
    with pytest.raises(StudioError) as error:
        MRT.load("net", tmp_path)
    assert error.value.remedy


def test_folders_that_cannot_be_written_are_errors(mrt, prepared, tmp_path):
    (tmp_path / "file").touch()
    model = mrt.quantize()
    for write in (
        lambda: mrt.save("net", tmp_path / "file" / "x"),
        lambda: prepared.save(tmp_path / "file" / "a.json", tmp_path / "file" / "a.params"),
        lambda: prepared.save(tmp_path / "no" / "a.json", tmp_path / "no" / "a.params"),
        lambda: model.to_cvm("net", tmp_path / "file" / "x"),
    ):
        with pytest.raises(ArtifactError):
            write()
    assert [p.name for p in tmp_path.iterdir() if p.name not in ("tiny-symbol.json", "tiny-0000.params")] == ["file"]


# Compilation


def test_to_cvm_writes_a_sound_artifact(mrt, tmp_path):
    model = mrt.quantize()
    folder = model.to_cvm("net", tmp_path)
    assert folder == tmp_path / "net"
    assert verify_artifact(folder).equal
    compiled = load_artifact(folder)
    assert compiled.ext.scale == mrt.get_inputs_ext()["data"]["scale"]
    assert list(compiled.ext.output_scales) == mrt.get_output_scales()
    codes, (expected,) = integers(model, noise(1))
    assert np.array_equal(compiled.sample, codes)
    assert np.array_equal(run_reference(compiled.graph, {"data": codes})[0], expected)


@pytest.mark.parametrize(("shape", "batch"), [(None, 1), ((5, *SHAPE), 5), ((-1, *SHAPE), 1)])
def test_to_cvm_takes_a_batch(mrt, tmp_path, shape, batch):
    folder = mrt.quantize().to_cvm("net", str(tmp_path), input_shape=shape, target="cpu")
    assert load_artifact(folder).sample.shape == (batch, *SHAPE)
    assert verify_artifact(folder).equal


def test_two_runs_in_one_process_give_the_same_bytes(files, tmp_path):
    made = []
    for run in range(2):
        mrt = Model.load(*files).prepare((-1, *SHAPE)).get_mrt()
        mrt.set_data(noise(4))
        mrt.calibrate()
        mrt.quantize()
        made.append(snapshot(mrt, tmp_path / str(run)))
    assert made[0] == made[1]


@pytest.mark.parametrize("options", [{"target": "tpu"}, {"input_shape": (1, 3, 8)}, {"input_shape": (0, 3, 8, 8)}, {"input_shape": (1, 4, 8, 8)}])
def test_unusable_options_of_to_cvm_are_refused(mrt, tmp_path, options):
    with pytest.raises(StudioError):
        mrt.quantize().to_cvm("net", tmp_path, **options)
    assert not (tmp_path / "net").exists()


def test_a_float_model_cannot_be_compiled(prepared, tmp_path):
    with pytest.raises(QuantizationError):
        prepared.to_cvm("net", tmp_path)


# Split and merge


def branches():
    """Return a net with two ends that a scale free top reads."""
    b = Builder(make)
    rng = np.random.default_rng(1)

    def weights(name, *shape):
        return b.param("", rng.normal(0, 0.3, shape).astype(np.float32), name=name)

    x = b.input("data", None)
    left = b.op("Convolution", x, weights("left_weight", 4, 3, 3, 3), name="left", kernel=(3, 3), num_filter=4, no_bias=True)
    right = b.op("Convolution", left, weights("right_weight", 4, 4, 1, 1), name="right", kernel=(1, 1), num_filter=4, no_bias=True)
    a = b.op("Activation", left, name="top_relu", act_type="relu")
    c = b.op("clip", right, name="top_clip", a_min=-0.5, a_max=0.5)
    return b.graph([b.op("Flatten", a, name="top_flat"), b.op("Pooling", c, name="top_pool", kernel=(2, 2), stride=(2, 2))])


@pytest.fixture
def halves(tmp_path):
    """Give the calibrated tool of the base, and the top."""
    model = Model.load(*write_model(branches(), tmp_path, "branches")).prepare((-1, *SHAPE))
    base, top = model.split(["left", "right"])
    mrt = base.get_mrt()
    mrt.set_data(noise(4))
    mrt.calibrate()
    return mrt, top


def test_split_parts_are_models(halves, tmp_path):
    mrt, top = halves
    assert mrt.current_model.output_names() == ["left", "right"]
    assert sorted(top.input_names()) == ["left", "right"]
    assert top.output_names() == ["top_flat", "top_pool"]
    top.save(tmp_path / "top.json", tmp_path / "top.params")
    assert Model.load(tmp_path / "top.json", tmp_path / "top.params").input_names() == top.input_names()


def test_a_merged_model_computes_the_top_on_the_bases_integers(halves):
    import mxnet as mx

    mrt, top = halves
    mrt.set_out_prec(8)
    base = mrt.quantize()
    scales = mrt.get_output_scales()
    merger = Model.merger(base, top, mrt.get_maps())

    def scaled(name, op, attributes):
        if op != "clip":
            return attributes
        assert name == "top_clip"
        return {key: str(int(float(value) * scales[1])) for key, value in attributes.items()}

    merged = merger.merge(scaled)
    assert merged.output_names() == ["top_flat", "top_pool"]
    assert merged.input_names() == ["data"]
    data = noise(5, seed=2)
    codes, (left, right) = integers(base, data)
    flat, pool = (out.asnumpy() for out in merged.to_graph()(mx.nd.array(codes, dtype="float64")))
    assert np.array_equal(flat, np.maximum(left, 0).reshape(5, -1))
    limit = int(0.5 * scales[1])
    assert np.array_equal(pool, np.clip(right, -limit, limit).reshape(5, 4, 3, 2, 3, 2).max((3, 5)))
    oscales = merger.get_output_scales(scales, {"top_flat": "left", "top_pool": "right"})
    assert oscales == scales
    assert merger.get_output_scales(scales, {"top_flat": "None"}) == [1.0, 1.0]
    expected = [out.asnumpy() for out in Model(branches()).to_graph()(mx.nd.array(data))]
    for found, real, scale in zip((flat, pool), expected, oscales, strict=True):
        assert np.corrcoef(found.ravel() / scale, real.ravel())[0, 1] > 0.99


def test_without_a_callback_the_top_is_as_it_was(halves):
    mrt, top = halves
    base = mrt.quantize()
    merged = Model.merger(base, top, mrt.get_maps()).merge()
    assert merged.graph["top_clip"].op == top.graph["top_clip"].op
    assert top.graph["top_clip"].op.a_max == 0.5
    with pytest.raises(QuantizationError):
        merged.to_cvm("net")


def test_a_merge_that_does_not_fit_is_an_error(halves):
    mrt, top = halves
    base = mrt.quantize()
    with pytest.raises(ModelError, match="no output of the base"):
        Model.merger(base, top, {"left": "left"} | dict.fromkeys(base.output_names(), "other")).merge()
    with pytest.raises(UnsupportedError):
        Model.merger(base, top, mrt.get_maps()).merge(lambda name, op, attributes: {**attributes, "what": "1"})


@pytest.mark.parametrize("keys", [["nothing"], ["data"], ["right"], ["left_weight"], []])
def test_unusable_split_keys_are_refused(tmp_path, keys):
    model = Model.load(*write_model(branches(), tmp_path, "branches"))
    with pytest.raises(OptionError):
        model.split(keys)


# LeNet, from end to end


def test_lenet_end_to_end(lenet, tmp_path):
    mrt = Model.load(*lenet.files).prepare((-1, 1, 28, 28)).get_mrt()
    mrt.set_data(lenet.calibration)
    mrt.calibrate()
    model = mrt.quantize()
    folder = model.to_cvm("lenet", tmp_path)
    assert verify_artifact(folder).equal
    _, (logits,) = integers(model, lenet.images[:100])
    assert (logits.argmax(1) == lenet.labels[:100]).mean() >= 0.95
    mrt.save("lenet", tmp_path / "data")
    assert snapshot(MRT.load("lenet", tmp_path / "data"), tmp_path / "again") == {p.name: p.read_bytes() for p in folder.iterdir()}
