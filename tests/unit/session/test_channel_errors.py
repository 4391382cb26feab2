"""Errors inside a tensor: equal to those computed here from the float model and the reference machine."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import run_reference
from mrt_studio.session.channel_errors import BINS, EXACT, POINTS, channel_errors, session_channels
from tests.nets import built, floats, integers, lowered, prepared, rng_of, thresholds_of

CHANNELS = 70


def net():
    def write(b, param):
        x = b.input("data", (1, 4, 6, 6))
        x = b.op("Convolution", x, param("w1", CHANNELS, 4, 3, 3), param("b1", CHANNELS), name="conv", kernel=(3, 3), num_filter=CHANNELS)
        return b.op("relu", x, name="relu")

    return prepared(built(write))


DATA = {"data": rng_of(3).standard_normal((2, 4, 6, 6)).astype(np.float32)}


@pytest.fixture(scope="module")
def parts():
    graph = net()
    model = lowered(graph, thresholds_of(graph, DATA))
    real = floats(graph, DATA)[0].astype(np.float64)
    machine = (run_reference(model.graph, integers(model, DATA))[0] / model.outputs[0].scale).astype(np.float32).astype(np.float64)
    return channel_errors(graph, model, DATA["data"]), real, machine


def test_runs_of_channels_cover_all_once(parts):
    found = parts[0]["relu"]
    assert len(found["runs"]) == len(found["sqnr"]) == len(found["bias"]) == BINS
    assert [c for first, last in found["runs"] for c in range(first, last + 1)] == list(range(CHANNELS))
    assert parts[0]["data"]["runs"] == [[0, 0], [1, 1], [2, 2], [3, 3]]


def test_sqnr_and_bias_of_a_run_by_hand(parts):
    found, real, machine = parts
    for (first, last), sqnr, bias in zip(*(found["relu"][key] for key in ("runs", "sqnr", "bias")), strict=True):
        y, error = real[:, first : last + 1], (machine - real)[:, first : last + 1]
        assert bias == pytest.approx(error.mean(), rel=1e-3, abs=1e-9)
        assert sqnr == pytest.approx(10 * np.log10((y**2).sum() / (error**2).sum()), abs=0.02)
    assert found["relu"]["std"] == pytest.approx(real.std())


def test_points_are_values_of_both_models(parts):
    found, real, machine = parts
    a, b = found["relu"]["points"]
    assert len(a) == len(b) <= POINTS < real.size
    pairs = {(float(f"{x:.5g}"), float(f"{y:.5g}")) for x, y in zip(real.reshape(-1), machine.reshape(-1), strict=True)}
    assert set(zip(a, b, strict=True)) <= pairs


def test_no_error_and_no_signal_have_their_marks():
    def write(b, param):
        x = b.input("data", (1, 2))
        return b.op("relu", x, name="relu")

    graph = prepared(built(write))
    data = {"data": np.array([[127.0, -1.0], [64.0, -2.0]], np.float32)}
    found = channel_errors(graph, lowered(graph, {"data": 127.0, "relu": 127.0}), data["data"])["relu"]
    assert found["sqnr"] == [EXACT, None]
    assert found["bias"] == [0, 0]


def test_a_session_says_which_samples_it_were(measured):
    found = session_channels(measured)
    assert found["samples"] == ["16", "17", "18", "19"]
    assert {"data", "conv0", "fc0"} <= found["tensors"].keys()
