"""Rounding by the data: nearer results than rounding each weight by itself, on windows it never saw too."""

import numpy as np
import pytest

from mrt_studio.cvm.rounding import _covariance, round_at_best_scale, round_to_data
from mrt_studio.fixedpoint import Rounding
from tests.nets import rng_of


def windows(groups, count, size, seed):
    """Correlated numbers with a mean, as behind a ReLU."""
    rng = rng_of(seed)
    mixing = rng_of(99).standard_normal((groups, size // 3, size))
    return np.maximum(rng.standard_normal((groups, count, size // 3)) @ mixing + 0.3, 0).astype(np.float32)


def noise(weight, codes, seen):
    """The variance of what rounding adds to the results."""
    return (seen.astype(np.float64) @ (codes - weight).transpose(0, 2, 1)).var(axis=1).sum()


@pytest.mark.parametrize("groups", [1, 5])
def test_results_are_nearer_than_with_each_weight_rounded_by_itself(groups):
    weight = rng_of(0).uniform(-20, 20, (groups, 8, 45))
    codes = round_to_data(weight, windows(groups, 3000, 45, 1), 127)
    assert np.array_equal(codes, np.rint(codes))
    unseen = windows(groups, 3000, 45, 2)
    assert noise(weight, codes, unseen) < 0.6 * noise(weight, Rounding.HALF_AWAY.apply(weight), unseen)


def test_codes_stay_within_the_limit():
    weight = rng_of(0).uniform(-130, 130, (1, 4, 30))
    codes = round_to_data(weight, windows(1, 500, 30, 1), 127)
    assert abs(codes).max() == 127


def test_whole_numbers_stay():
    weight = rng_of(0).integers(-127, 128, (2, 3, 20)).astype(np.float64)
    assert np.array_equal(round_to_data(weight, windows(2, 100, 20, 1), 127), weight)


def test_windows_that_say_nothing_mean_rounding_to_the_nearest():
    weight = rng_of(0).uniform(-20, 20, (1, 3, 10))
    assert np.array_equal(round_to_data(weight, np.zeros((1, 50, 10), np.float32), 127), Rounding.HALF_AWAY.apply(weight))


def test_filters_that_are_longer_than_a_block_are_rounded_piece_by_piece(monkeypatch):
    weight, seen = rng_of(0).uniform(-20, 20, (1, 3, 40)), windows(1, 500, 40, 1)
    monkeypatch.setattr("mrt_studio.cvm.rounding._BLOCK", 24)
    codes = round_to_data(weight, seen, 127)
    assert np.array_equal(codes[..., :24], round_to_data(weight[..., :24], seen[..., :24], 127))
    assert np.array_equal(codes[..., 24:], round_to_data(weight[..., 24:], seen[..., 24:], 127))


def test_no_code_alone_could_move_to_less_error():
    weight, seen = rng_of(0).uniform(-20, 20, (3, 4, 9)), windows(3, 2000, 9, 1)
    codes, covariance = round_to_data(weight, seen, 127), _covariance(seen)
    least = noise_of(codes - weight, covariance)
    for k in range(9):
        for step in (-1, 1):
            moved = codes.copy()
            moved[..., k] += step
            assert (noise_of(moved - weight, covariance) >= least - 1e-9).all()


def noise_of(errors, covariance):
    """(groups, filters)."""
    return np.einsum("gfk,gkl,gfl->gf", errors, covariance, errors)


def test_each_filter_has_the_scale_at_which_its_results_change_least():
    weight, seen = rng_of(0).uniform(-1, 1, (4, 3, 9)), windows(4, 2000, 9, 1)
    scales = np.stack([np.full((4, 3), 20 / (1 + k / 16)) for k in range(16)])
    codes, best = round_at_best_scale(weight, seen, scales, 127)
    covariance, own = _covariance(seen), np.take_along_axis(scales, best[None], axis=0)[0]
    chosen = noise_of(codes / own[..., None] - weight, covariance)
    for scale in scales:
        units = weight * scale[..., None]
        assert (chosen <= noise_of(round_to_data(units, seen, 127) / scale[..., None] - weight, covariance) + 1e-12).all()
    first = noise_of(round_to_data(weight * 20, seen, 127) / 20 - weight, covariance)
    assert chosen.sum() < 0.7 * first.sum()
    assert len(np.unique(best)) > 3
