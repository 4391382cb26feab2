"""The steps beyond MRT V3, through the stages: samples kept, each step measured, and less noise in the end."""

import numpy as np
import pytest

from mrt_studio.datasets.base import Batch
from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import presets
from mrt_studio.stages.base import Silent, make_stage
from mrt_studio.stages.calibrate import calibrate
from mrt_studio.stages.prepare import PreparedModel, prepare_graph
from mrt_studio.stages.quantize import QuantizedModel
from tests.nets import built, rng_of


def net(b, param):
    x = b.input("data", (1, 3, 12, 12))
    for i, (inputs, filters, groups) in enumerate([(3, 8, 1), (8, 8, 8), (8, 16, 1), (16, 16, 16), (16, 8, 1)]):
        spread = np.exp(rng_of(i).standard_normal((filters, 1, 1, 1)))
        w = param(f"w{i}", filters, inputs // groups, 3, 3, value=rng_of(9 + i).standard_normal((filters, inputs // groups, 3, 3)) * spread)
        x = b.op("Convolution", x, w, param(f"b{i}", filters), name=f"conv{i}", kernel=(3, 3), num_filter=filters, num_group=groups, pad=(1, 1))
        x = b.op("relu", x, name=f"act{i}")
    return b.op("FullyConnected", b.op("Flatten", x), param("w", 10, 1152), param("b", 10), name="fc", num_hidden=10)


DATA = rng_of(0).standard_normal((12, 3, 12, 12)).astype(np.float32)


def inputs(equalize=True, keep=8):
    graph = built(net)
    ready = prepare_graph(graph, (-1, 3, 12, 12), (), Silent(), more=("equalize",) if equalize else ())
    batches = [Batch(DATA[i : i + 6], None, tuple(map(str, range(i, i + 6)))) for i in (0, 6)]
    return {"prepare": ready, "calibrate": calibrate(ready.graph, batches, 2, 0, Silent(), keep)}


@pytest.mark.parametrize(("keep", "kept"), [(1, 1), (6, 6), (8, 8), (100, 12)])
def test_the_first_samples_are_kept(keep, kept):
    found = inputs(keep=keep)["calibrate"].sample
    assert np.array_equal(found, DATA[:kept])


def test_each_step_is_measured_in_order_and_all_together_leave_little_noise(tmp_path):
    stage = make_stage("quantize", presets()["cvm_accurate"]["quantize"] | {"measure_steps": True})
    model = stage.run(inputs(), Silent())
    rows = model.summary()["effects"]
    assert [row["step"] for row in rows] == ["none", "input_precision", "requantizer", "weights", "activations", "wide", "rounding", "correct_bias"]
    assert rows[-1]["sqnr"] > rows[0]["sqnr"] + 8
    assert rows[5]["gas"] > 1.5 * rows[4]["gas"]
    model.save(tmp_path)
    assert QuantizedModel.load(tmp_path).summary() == model.summary()


def test_the_first_row_is_what_mrt_v3_gives():
    data = inputs(equalize=False)
    usual = make_stage("quantize", {"measure_steps": True}).run(data, Silent())
    assert [row["step"] for row in usual.effects] == ["none"]
    accurate = make_stage("quantize", {"measure_steps": True, "weights": "channel"}).run(data, Silent())
    assert accurate.effects[0] == usual.effects[0]
    assert "effects" not in make_stage("quantize", {}).run(data, Silent()).summary()


def test_wide_below_takes_the_layers_whose_inputs_are_noisy():
    data = inputs()
    few, many = (make_stage("quantize", {"wide_below": below, "input_precision": 15}).run(data, Silent()) for below in (1.0, 99.0))
    counts = [sum(n.op.name in ("cvm.conv2d", "cvm.dense") for n in m.lowered.graph.operators) for m in (few, many)]
    assert counts == [6, 12]


def test_a_layer_that_is_not_there_cannot_be_wide():
    with pytest.raises(OptionError, match="called 'nothing'"):
        make_stage("quantize", {"wide": ["nothing"]}).run(inputs(), Silent())


def test_equalize_is_an_option_of_prepare():
    from types import SimpleNamespace

    load = {"load": SimpleNamespace(graph=built(net))}
    plain, even = (make_stage("prepare", {"input_shape": [-1, 3, 12, 12], "equalize": on}).run(load, Silent()) for on in (False, True))
    assert isinstance(plain, PreparedModel)
    assert np.array_equal(plain.graph.params["w0"], load["load"].graph.params["w0"])
    assert not np.array_equal(even.graph.params["w0"], plain.graph.params["w0"])
