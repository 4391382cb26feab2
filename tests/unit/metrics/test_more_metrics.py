"""Errors, top-5, divergence and flips on small examples; the bootstrap against the normal approximation."""

import math

import numpy as np
import pytest

from mrt_studio.metrics.base import metrics
from mrt_studio.metrics.bootstrap import bootstrap


def value(name, expected, found, labels=None):
    return metrics[name]().value(np.asarray(expected, np.float32), np.asarray(found, np.float32), labels)


def test_errors():
    assert value("mse", [[1, 2], [3, 4]], [[1, 0], [3, 5]]) == 5 / 4
    assert value("max_error", [[1, 2], [3, 4]], [[1, 0], [3, 5]]) == 2


def test_top5():
    scores = np.arange(7.0)[None].repeat(2, axis=0)
    labels = np.array([2, 1])
    assert value("top5_float", scores, scores, labels) == 50
    assert value("top5_integer", -scores, scores, labels) == 50
    assert value("top5_integer", scores, -scores, labels) == 100
    assert value("top5_agreement", scores, scores) == 100
    assert value("top5_agreement", scores, -scores) == 0
    assert value("top5_float", scores, scores) is None
    assert value("top5_float", scores[:, :5], scores[:, :5], labels) is None


def test_kl_of_softmax_by_hand():
    p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert value("kl_softmax", np.log(p)[None] + 100, np.log(q)[None] - 3) == pytest.approx((p * np.log(p / q)).sum(), rel=1e-5)
    assert value("kl_softmax", [[1e4, 0]], [[1e4, 0]]) == 0


def test_predicted_flips_are_those_that_normal_noise_makes():
    rng = np.random.default_rng(0)
    y = rng.standard_normal((20000, 2)) * 3
    q = y + rng.standard_normal(y.shape)
    flips = 100 * (y.argmax(axis=1) != q.argmax(axis=1)).mean()
    assert value("predicted_flips", y, q) == pytest.approx(flips, rel=0.05)
    assert value("predicted_flips", y, y) == 0


@pytest.mark.parametrize("name", ["top5_agreement", "kl_softmax", "predicted_flips"])
def test_without_classes_there_is_none(name):
    assert value(name, np.ones((2, 3, 4)), np.ones((2, 3, 4))) is None


def test_bootstrap_is_near_the_normal_interval_and_repeats():
    hits = (np.arange(400) % 10 < 8).astype(float)
    found = bootstrap(hits)
    half = 1.96 * math.sqrt(0.8 * 0.2 / 400)
    assert found.mean == pytest.approx(0.8)
    assert found.low == pytest.approx(0.8 - half, abs=0.006)
    assert found.high == pytest.approx(0.8 + half, abs=0.006)
    assert found == bootstrap(hits)


def test_bootstrap_of_equal_values_has_no_width():
    assert tuple(bootstrap(np.ones(5))) == (1, 1, 1)
