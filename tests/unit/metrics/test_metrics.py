"""Figures on small examples done by hand."""

import math

import numpy as np
import pytest

from mrt_studio.metrics.base import metrics

Y = np.array([[1, 2, 3], [3, 0, 0], [0, 5, 4], [1, 0, 0]], np.float32)
Q = np.array([[1, 2, 4], [0, 3, 0], [0, 5, 4], [1, 0, 0]], np.float32)
LABELS = np.array([2, 0, 2, 0])


def value(name, expected=Y, found=Q, labels=LABELS):
    return metrics[name]().value(expected, found, labels)


def test_figures():
    assert value("agreement") == 75
    assert value("top1_float") == 75
    assert value("top1_integer") == 50
    assert value("cosine") == pytest.approx((1 + 4 + 12 + 25 + 16 + 1) / math.sqrt(65 * 72))
    assert value("sqnr") == pytest.approx(10 * math.log10(65 / 19))


def test_equal_outputs():
    assert value("sqnr", Y, Y) == math.inf
    assert value("cosine", Y, Y) == pytest.approx(1)
    assert value("agreement", Y, Y) == 100


def test_without_meaning_there_is_none():
    images = np.ones((2, 3, 4, 4), np.float32)
    for name in ("agreement", "top1_float", "top1_integer"):
        assert value(name, images, images) is None
        assert value(name, Y[:, :1], Q[:, :1]) is None
    assert value("top1_float", labels=None) is None
    zero = np.zeros_like(Y)
    assert value("sqnr", zero, Y) is None
    assert value("cosine", zero, Y) is None
    assert value("cosine", Y, zero) is None


def test_large_numbers_do_not_overflow_float32():
    assert value("sqnr", Y * np.float32(1e30), Q * np.float32(1e30)) == pytest.approx(value("sqnr"), rel=1e-5)
    assert value("cosine", Y * np.float32(1e30), Q * np.float32(1e30)) == pytest.approx(value("cosine"), rel=1e-5)
