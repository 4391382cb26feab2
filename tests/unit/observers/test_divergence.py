"""The KL divergences: MXNet's own operator as oracle, and cases by hand."""

import numpy as np
import pytest

from mrt_studio.observers.divergence import candidates, mxnet, quantization_mxnet, tensorrt


@pytest.mark.parametrize("seed", range(4))
def test_mxnet_chooses_what_its_operator_chooses(seed):
    import mxnet as mx

    rng = np.random.default_rng(seed)
    x = rng.laplace(size=40000) if seed % 2 else rng.standard_normal(40000) ** 3
    largest = abs(x).max()
    counts, edges = np.histogram(x, 1001, (-largest, largest))
    expected, divergence = mx.nd.contrib.calibrate_entropy(mx.nd.array(counts), mx.nd.array(edges), num_quantized_bins=255)
    found = mxnet(counts.astype(float), np.arange(127, 501), 255)
    # MXNet names the edge after the last bin taken. It adds in float32, so of two lengths that are as good it may take the other.
    theirs = int(np.argmin(abs(edges - expected.asscalar()))) - 501 - 127
    assert found[theirs] == pytest.approx(found.min(), rel=1e-2)
    assert divergence.asscalar() == pytest.approx(found.min(), rel=1e-2)
    assert np.median(found) > 1.2 * found.min()


def test_counts_that_the_levels_hold_exactly_do_not_diverge():
    counts = np.repeat([8.0, 4, 2, 1], 4)
    assert tensorrt(counts, np.array([16]), 4) == pytest.approx(0)
    assert tensorrt(counts, np.array([16]), 2) > 0.01


def test_tensorrt_by_hand():
    # Clipped to 2 bins and one level: p = (3, 1 + 4) / 8, q = (2, 2) / 4.
    p, q = np.array([3, 5]) / 8, 0.5
    assert tensorrt(np.array([3.0, 1, 3, 1]), np.array([2]), 1)[0] == pytest.approx((p * np.log(p / q)).sum())


def test_empty_bins_get_nothing_in_tensorrt():
    assert tensorrt(np.array([5.0, 0, 5, 0, 5]), np.array([5]), 1) == pytest.approx(0)
    assert tensorrt(np.array([5.0, 0, 5]), np.array([2]), 1)[0] == np.inf


def test_quantization_mxnet_interpolates():
    # Two levels of two bins, means 3 and 1 at 0.5 and 2.5: 3, 2.5, 1.5, 1.
    p, q = np.array([4.0, 2, 1, 1]) / 8, np.array([3, 2.5, 1.5, 1]) / 8
    assert quantization_mxnet(np.array([4.0, 2, 1, 1]), np.array([4]), 2)[0] == pytest.approx((p * np.log(p / q)).sum())


def test_candidates_hold_both_ends_and_are_never_too_many():
    assert list(candidates(3, 6, 10)) == [3, 4, 5, 6]
    spread = candidates(128, 2048, 64)
    assert len(spread) == 64
    assert (spread[0], spread[-1]) == (128, 2048)
    assert list(candidates(9, 5, 10)) == [5]
