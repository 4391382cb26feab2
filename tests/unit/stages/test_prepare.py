"""Prepare's options for ReLU6 and high biases, alone and with equalization, and what they say of the function."""

from types import SimpleNamespace

import numpy as np
import pytest

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.stages.base import Silent, make_stage
from mrt_studio.stages.prepare import PreparedModel
from tests.nets import built, floats, rng_of

SHAPE = (2, 3, 8, 8)
RELU, RELU6 = ("relu", {}), ("clip", {"a_min": 0.0, "a_max": 6.0})


def block(function):
    """Expand, filter and project as MobileNetV2 does, with channels that are always high."""

    def write(b, param):
        x = b.input("data", SHAPE)
        for i, (inputs, filters, kernel, groups) in enumerate([(3, 8, 1, 1), (8, 8, 3, 8), (8, 4, 1, 1)]):
            w = param(f"w{i}", filters, inputs // groups, kernel, kernel)
            x = b.op("Convolution", x, w, name=f"conv{i}", kernel=(kernel,) * 2, num_filter=filters, num_group=groups, pad=(kernel // 2,) * 2, no_bias=True)
            values = {"gamma": 0.5, "beta": np.arange(filters) / 2, "mean": 0.0, "variance": np.full(filters, 9.0)}
            x = b.op("BatchNorm", x, *(param(f"{k}{i}", filters, value=v) for k, v in values.items()), name=f"bn{i}", fix_gamma=False)
            if i < 2:
                x = b.op(function[0], x, name=f"act{i}", **function[1])
        return x

    return built(write)


FEEDS = {"data": rng_of(1).standard_normal(SHAPE).astype(np.float32)}


def prepare(function, **options):
    """The prepared block and the lines of the log."""
    lines = []
    report, load = SimpleNamespace(progress=Silent().progress, log=lines.append), SimpleNamespace(graph=block(function))
    return make_stage("prepare", {"input_shape": [-1, *SHAPE[1:]], **options}).run({"load": load}, report), lines


@pytest.mark.parametrize(
    ("function", "options", "between", "said"),
    [
        (RELU6, {"equalize": True}, ["clip"], 0),
        (RELU6, {"relu6": "channel"}, ["clip"], 0),  # nothing gives it bounds
        (RELU6, {"relu6": "channel", "equalize": True}, ["relu", "broadcast_minimum"], 0),
        (RELU6, {"absorb_bias": True}, ["clip"], 0),
        (RELU, {"absorb_bias": True}, ["relu"], 1),
        (RELU, {"absorb_bias": True, "equalize": True}, ["relu"], 1),
    ],
)
def test_the_function_stays_or_it_says_what_changed(function, options, between, said):
    model, lines = prepare(function, **options)
    assert [n.op.name for n in model.graph.operators] == ["Convolution", *between, "Convolution", *between, "Convolution"]
    assert len(lines) == said == len(model.summary().get("effects", ()))
    expected = floats(block(function), FEEDS)[0]
    np.testing.assert_allclose(floats(model.graph, FEEDS)[0], expected, rtol=1e-4, atol=(0.02 if said else 1e-5) * abs(expected).max())


def test_channel_lets_equalization_through():
    plain, kept, scaled = (prepare(RELU6, **options)[0].graph.params["w0"] for options in ({}, {"equalize": True}, {"equalize": True, "relu6": "channel"}))
    assert np.array_equal(kept, plain)
    assert not np.array_equal(scaled, plain)


def test_an_absorbed_bias_is_smaller():
    graphs = [prepare(RELU, absorb_bias=on)[0].graph for on in (False, True)]
    high, low = (graph.params[graph["conv1"].inputs[2].name] for graph in graphs)
    np.testing.assert_allclose(high - low, np.maximum(np.arange(8) / 2 - 1.5, 0), rtol=1e-4, atol=1e-5)


def test_the_effects_are_kept(tmp_path):
    model, lines = prepare(RELU, absorb_bias=True)
    model.save(tmp_path)
    assert PreparedModel.load(tmp_path).effects == tuple(lines)
    (tmp_path / "prepared.effects.json").write_text("[")
    with pytest.raises(ArtifactError, match="effects cannot be read"):
        PreparedModel.load(tmp_path)


def test_an_unknown_word_is_refused():
    with pytest.raises(OptionError, match="relu6"):
        prepare(RELU, relu6="no")
