"""The reference API's names and arguments, and its Model."""

import inspect

import numpy as np
import pytest

from mrt_studio import MRT, Model, ModelMerger
from tests.models.oracle import forward
from tests.models.tiny import tiny_graph, tiny_model
from tests.unit.mrt.helpers import digest, noise


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
