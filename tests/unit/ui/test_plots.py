"""Figures: Plotly takes them, names of a model are text in them, and they hold the session's numbers."""

from __future__ import annotations

import copy
import json

import plotly.graph_objs as go
import pytest

from mrt_studio.session.precision import PARTS, precision
from mrt_studio.session.profile import errors, sample_rows, waterfall
from mrt_studio.ui.plots.base import CONFIG, plain
from mrt_studio.ui.plots.errors import bias_figure, channels_figure, depth_figure, samples_figure, values_figure, waterfall_figure
from mrt_studio.ui.plots.precision import bits_figure, cost_figure, histogram_figure

HOSTILE = "<b>evil</b><a href='javascript:alert(1)'>&lt;"


@pytest.fixture(scope="module")
def found(measured):
    """Give the data of all figures, with one node renamed to HTML."""
    ledger, profile = copy.deepcopy(precision(measured)), copy.deepcopy(errors(measured))
    ledger["nodes"][1]["name"] = profile["rows"][1]["name"] = HOSTILE
    profile["tensors"][HOSTILE] = profile["tensors"].pop("conv0")
    samples = copy.deepcopy(sample_rows(measured))
    samples["rows"][0]["name"] = HOSTILE
    return ledger, profile, samples


def figures(found, theme):
    ledger, profile, samples = found
    tensor = profile["tensors"][HOSTILE]
    return {
        "bits": bits_figure(ledger, HOSTILE, theme),
        "histogram": histogram_figure(ledger, theme),
        "cost": cost_figure(ledger, HOSTILE, theme),
        "depth": depth_figure(profile, HOSTILE, theme),
        "waterfall": waterfall_figure(waterfall(profile["rows"]), HOSTILE, theme),
        "channels": channels_figure(profile, HOSTILE, theme),
        "values": values_figure(tensor, 1.0, theme),
        "bias": bias_figure(tensor, theme),
        "samples": samples_figure(samples, theme),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plotly_takes_every_figure(found, theme):
    for made in figures(found, theme).values():
        assert go.Figure(data=made["data"], layout=made["layout"]).data
        json.dumps(made, allow_nan=False)


def test_names_are_text(found):
    for name, made in figures(found, "light").items():
        written = json.dumps(made)
        assert "<b>evil" not in written, name
        assert "<a href" not in written, name
        if name in ("bits", "cost", "depth", "waterfall", "channels", "samples"):
            assert "&lt;a href" in written, name
    assert plain("<i>&lt;") == "&lt;i&gt;&amp;lt;"


def test_bars_are_the_bits_of_the_ledger(found):
    ledger = found[0]
    bars = bits_figure(ledger, "", "light")["data"]
    for part, bar in zip(PARTS, bars, strict=False):
        assert bar["y"] == [row[part] for row in ledger["nodes"]]
    assert bars[4]["y"] == [row["tight"] for row in ledger["nodes"]]


def test_the_selected_node_stands_out(found):
    shapes = bits_figure(found[0], HOSTILE, "light")["layout"]["shapes"]
    assert [(s["x0"], s["x1"]) for s in shapes if s["type"] == "rect"] == [(0.5, 1.5)]
    assert not [s for s in bits_figure(found[0], "", "light")["layout"]["shapes"] if s["type"] == "rect"]


def test_a_narrow_layer_is_drawn_as_high_as_a_wide_one(found):
    profile = found[1]
    (heat,) = channels_figure(profile, "", "light")["data"]
    names = [row["name"] for row in profile["rows"] if row["name"] in profile["tensors"]]
    assert len(heat["z"]) == 64
    for column, name in enumerate(names):
        drawn = [line[column] for line in heat["z"]]
        assert sorted(set(map(str, drawn))) == sorted(set(map(str, profile["tensors"][name]["sqnr"])))


def test_empty_data_make_empty_figures():
    assert go.Figure(**histogram_figure({"histogram": [], "limit": 32}, "light"))
    assert go.Figure(**waterfall_figure([], "", "light"))


def test_nothing_is_asked_of_other_hosts():
    assert "plotlyServerURL" not in CONFIG
    assert not CONFIG["displaylogo"]


def test_the_names_under_the_waterfall_are_lines_that_tell_nodes_apart():
    names = ("stage1_block0_depthwise_conv", "stage2_block0_depthwise_conv", "fc", "a" * 40, "features_linearbottleneck17_conv2_extra_fwd<b>")
    steps = [{"name": name, "op": "Convolution", "share": 0.1, "count": 1} for name in names]
    shown = waterfall_figure(steps, "", "light")["layout"]["xaxis"]["ticktext"]
    assert shown[0] == "stage1_<br>block0_<br>depthwise_<br>conv"
    assert len(set(shown)) == len(names)
    assert shown[2] == "fc"
    assert shown[3] == "aaaaaa…aaa"
    assert shown[4] == "features_<br>…<br>extra_<br>fwd&lt;b&gt;"
