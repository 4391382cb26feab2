"""Thresholds out of statistics."""

import numpy as np
import pytest

from mrt_studio.errors import OptionError
from mrt_studio.observers.base import observers
from mrt_studio.stats.tensor_stats import TensorStats


def heavy():
    """Mostly small values and one large one, about a mean of -1."""
    x = np.random.default_rng(0).standard_normal((8, 2, 1000)).astype(np.float32) - 1
    x[3, 1, 7] = 500
    return x


def test_absmax_clips_nothing():
    assert observers.create("absmax").threshold(TensorStats.of(heavy())) == 500
    assert observers.create("absmax").threshold(TensorStats.of(-heavy())) == 500


@pytest.mark.parametrize("lambd", [1, 3.5, 10])
def test_mrt_lambda_is_its_formula(lambd):
    x = heavy().astype(np.float64)
    alpha = abs(x.mean()) + lambd * x.std()
    found = observers.create(f"mrt_lambda(lambd={lambd})").threshold(TensorStats.of(heavy()))
    assert alpha < 0.95 * 500
    assert found == pytest.approx(alpha, rel=1e-9)


def test_mrt_lambda_is_the_largest_magnitude_where_it_would_clip_little():
    x = np.random.default_rng(0).uniform(-3, 3, (4, 100)).astype(np.float32)
    stats = TensorStats.of(x)
    rule = observers["mrt_lambda"]
    assert rule(10).threshold(stats) == stats.absmax
    edge = (0.95 * stats.absmax - abs(stats.mean)) / stats.std
    assert rule(edge * 1.0001).threshold(stats) == stats.absmax
    assert rule(edge * 0.9999).threshold(stats) == pytest.approx(0.95 * stats.absmax, rel=1e-3)


@pytest.mark.parametrize("name", sorted(set(observers) - {"power_of_two"}))
@pytest.mark.parametrize("value", [0.0, 2.5, -1e-40, 3e38])
def test_a_constant_tensor_keeps_its_magnitude(name, value):
    stats = TensorStats.of(np.full((2, 3), value, np.float32))
    assert observers.create(name).threshold(stats) == stats.absmax == abs(np.float32(value))


@pytest.mark.parametrize("lambd", [0, -1, float("nan"), float("inf"), "3", None, True, 10**400])
def test_a_lambd_that_is_no_positive_number_is_refused(lambd):
    with pytest.raises(OptionError, match="lambd must be"):
        observers["mrt_lambda"](lambd)
