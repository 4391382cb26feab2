"""What the inspector says of a node, equal to what its parts say themselves."""

import numpy as np
import pytest

from mrt_studio.session.node_report import BINS, channel_ranges, node_report, saturating, threshold_source
from mrt_studio.session.precision import why
from mrt_studio.session.session import Session
from mrt_studio.stats.tensor_stats import TensorStats
from tests.models.tiny import tiny_model, tiny_recipe


def test_a_convolution_has_all_parts(measured):
    found = node_report(measured, "prepare", "conv1", "conv1")
    stats = measured.artifact("calibrate").stats
    assert found["bits"] == why(measured, found["bits"][0]["name"])
    assert [w["name"] for w in found["weights"]] == ["conv1_weight", "conv1_bias"]
    assert found["weights"][0]["min"] == stats["conv1_weight"].minimum
    assert (found["channels"]["low"], found["channels"]["high"]) == tuple(part.tolist() for part in stats["conv1"].channels)
    assert found["source"] == "Set by hand instead of by the observer absmax."
    assert [row["title"] for row in found["errors"]] == ["SQNR", "Cosine", "Mean squared error", "Largest error"]
    assert found["errors"][0]["band"] in ("good", "fair", "poor")
    assert "of the output's error enters here" in found["verdict"]


def test_the_samples_that_reach_furthest(measured):
    stats = measured.artifact("calibrate").stats["conv1"]
    found = saturating(stats, 1.0)
    largest = np.abs(stats.rows[:, 2:]).max(axis=1)
    assert [row["sample"] for row in found] == stats.index[np.argsort(-largest)][:5].tolist()
    assert found[0]["ratio"] == found[0]["largest"] == stats.absmax
    assert saturating(stats, 0.0)[0]["ratio"] is None


@pytest.mark.parametrize("channels", [1, 5, 100])
def test_runs_of_channels_have_their_extremes(channels):
    x = np.random.default_rng(0).standard_normal((3, channels, 4)).astype(np.float32)
    found = channel_ranges(TensorStats.of(x))
    assert len(found["runs"]) == min(channels, BINS)
    for (first, last), low, high in zip(found["runs"], found["low"], found["high"], strict=True):
        assert (low, high) == (x[:, first : last + 1].min(), x[:, first : last + 1].max())


def test_the_observer_is_named(measured, tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.configure("quantize", observer="percentile(percent=99)", weight_observer="absmax", observers={"relu0": "kl"})
    session.run("prepare")
    assert threshold_source(session, "conv1") == "Chosen by the observer percentile(percent=99)."
    assert threshold_source(session, "conv1_weight") == "Chosen by the observer absmax."
    assert threshold_source(session, "relu0") == "Chosen by the observer kl."
    assert threshold_source(measured, "conv0") == "Chosen by the observer absmax."


def test_what_is_not_known_is_left_out(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("prepare")
    assert node_report(session, "prepare", "conv0", "conv0") == {}
    session.run("quantize")
    assert node_report(session, "quantize", "conv0", "conv0").keys() == {"bits", "source", "weights", "channels", "samples"}
