"""The noise out of a histogram against that of the values themselves."""

import numpy as np
import pytest

from mrt_studio.observers.noise import codes_for, magnitudes, quantization_noise
from mrt_studio.stats.tensor_stats import TensorStats


@pytest.mark.parametrize("bits", [3, 6, 8])
@pytest.mark.parametrize("threshold", [0.5, 2.0, 10.0])
def test_noise_is_that_of_the_values(bits, threshold):
    x = np.random.default_rng(0).laplace(size=(4, 3, 20000)).astype(np.float32)
    codes = 2 ** (bits - 1) - 1
    clipped = np.clip(x, -threshold, threshold)
    rounded = np.rint(clipped / (threshold / codes)) * (threshold / codes)
    rounding, clipping = quantization_noise(TensorStats.of(x), np.array([threshold]), codes)
    inside = abs(x) <= threshold
    assert rounding[0] == pytest.approx((((rounded - x) ** 2) * inside).mean(dtype=np.float64), rel=0.02)
    assert clipping[0] == pytest.approx(((clipped - x) ** 2).mean(dtype=np.float64), rel=0.02, abs=1e-12)


def test_nothing_is_clipped_at_the_largest_magnitude():
    for largest in (1.0, 1.3, 4096.0):
        stats = TensorStats.of(np.linspace(-largest, largest / 3, 1000, dtype=np.float32).reshape(2, -1))
        assert quantization_noise(stats, np.array([stats.absmax]), 127)[1][0] == pytest.approx(0, abs=1e-20)


def test_magnitudes_count_both_signs():
    low, high, counts = magnitudes(TensorStats.of(np.array([[-2.0, 1.0, 1.0, 0.0]], np.float32)))
    assert counts.sum() == 4
    assert low[0] == 0
    assert high[-1] == pytest.approx(2, rel=1e-6)
    assert ((low <= 1) & (high > 1) & (counts == 2)).any()


def test_codes():
    positive, signed = TensorStats.of(np.array([[0, 1.0]], np.float32)), TensorStats.of(np.array([[-1, 1.0]], np.float32))
    assert codes_for(positive, 8, unsigned=True) == 255
    assert codes_for(positive, 8, unsigned=False) == codes_for(signed, 8, unsigned=True) == 127
