"""The formulas of the sources on small data, computed by hand or the long way."""

import math

import numpy as np
import pytest

from mrt_studio.errors import OptionError
from mrt_studio.observers.base import observers
from mrt_studio.stats.tensor_stats import TensorStats


def samples(*largest):
    """Two values a sample, 0 and one of the given."""
    return TensorStats.of(np.array([[0, x] for x in largest], np.float32))


def threshold(text, stats):
    return observers.create(text).threshold(stats)


@pytest.mark.parametrize(
    ("start", "expected"),
    [("zero", 0.75 * (0.75 * 0.25 * 1 + 0.25 * 2) + 0.25 * 4), ("first", 0.75 * (0.75 * 1 + 0.25 * 2) + 0.25 * 4)],
)
def test_moving_average_by_hand(start, expected):
    assert threshold(f"moving_average(momentum=0.75, start='{start}')", samples(1, 2, 4)) == pytest.approx(expected)


def test_moving_average_corrected_is_a_weighted_mean():
    weights = np.array([0.75**2, 0.75, 1])
    expected = weights @ [1, 2, 4] / weights.sum()
    assert threshold("moving_average(momentum=0.75)", samples(1, 2, 4)) == pytest.approx(expected)


def test_moving_average_takes_the_mean_of_a_batch():
    assert threshold("moving_average(momentum=0, batch=2)", samples(9, 9, 1, 3)) == 2


def test_minmax_average_averages_both_ends():
    stats = TensorStats.of(np.array([[-1, 2], [-3, 2], [-8, 2]], np.float32))
    assert threshold("minmax_average", stats) == 4
    assert threshold("minmax_average(batch=2)", stats) == (3 + 8) / 2


def test_percentile_and_quantile_of_evenly_spread_values():
    stats = TensorStats.of((np.arange(1, 10001, dtype=np.float32) / 10000).reshape(10, -1))
    assert threshold("percentile(percent=90)", stats) == pytest.approx(0.9, abs=1e-3)
    assert threshold("quantile(q=0.5)", stats) == pytest.approx(0.5, abs=1e-3)
    assert threshold("percentile(percent=100)", stats) == stats.absmax


def test_clip_std_limits_each_side_by_the_data():
    x = np.array([[-10, 0, 0, 0, 1]], np.float32)
    mean, std = x.mean(), x.std()
    assert threshold("clip_std(k=1)", TensorStats.of(x)) == pytest.approx(abs(mean - std))
    assert threshold("clip_std(k=9)", TensorStats.of(x)) == 10


def test_lsq_and_lsq_plus():
    x = np.random.default_rng(0).standard_normal((4, 5000)).astype(np.float32)
    stats = TensorStats.of(x)
    assert threshold("lsq(bits=2)", stats) == pytest.approx(2 * abs(x).mean(), rel=1e-3)
    assert threshold("lsq(bits=2, unsigned=True)", TensorStats.of(abs(x))) == pytest.approx(2 * abs(x).mean() * math.sqrt(3), rel=1e-5)
    widest = max(abs(x.mean() - 3 * x.std()), abs(x.mean() + 3 * x.std()))
    assert threshold("lsq_plus", stats) == pytest.approx(widest * 127 / 128, rel=1e-5)


@pytest.mark.parametrize("rule", ["floor", "mode"])
@pytest.mark.parametrize("largest", [1.0, 1.5, 127.0, 128.0, 1e-3])
def test_power_of_two_without_tries_clips_nothing_and_wastes_less_than_half(rule, largest):
    stats = samples(*[largest] * 3)
    found = threshold(f"power_of_two(rule='{rule}', tries=1)", stats)
    assert stats.absmax <= found < 2 * stats.absmax
    assert math.frexp(found / 127)[0] == 0.5


def test_power_of_two_mode_is_the_samples_most_frequent_one():
    assert threshold("power_of_two(rule='mode')", samples(100, 1, 1.5, 0)) == 127 / 64
    assert threshold("power_of_two(rule='mode')", samples(100, 1)) == 127
    assert threshold("power_of_two", samples(0, 0)) == 0


def test_power_of_two_floor_clips_a_lone_outlier():
    x = np.random.default_rng(0).uniform(-1, 1, (1, 100000)).astype(np.float32)
    x[0, 0] = 1.99
    assert threshold("power_of_two(bits=4)", TensorStats.of(x)) == 7 / 8


@pytest.mark.parametrize("unsigned", [False, True])
@pytest.mark.parametrize("bits", [3, 8])
def test_mse_finds_what_an_exhaustive_search_on_the_values_finds(bits, unsigned):
    x = abs(np.random.default_rng(1).laplace(size=(4, 20000)).astype(np.float32))
    stats = TensorStats.of(x)
    codes = 2**bits - 1 if unsigned else 2 ** (bits - 1) - 1
    errors = {}
    for percent in range(1, 101):
        step = percent / 100 * stats.absmax / codes
        errors[percent] = ((np.clip(np.rint(x / step), -codes, codes) * step - x) ** 2).mean(dtype=np.float64)
    found = round(threshold(f"mse(bits={bits}, unsigned={unsigned})", stats) / stats.absmax * 100)
    assert errors[found] <= 1.01 * min(errors.values())


def test_mse_clips_less_when_clipping_weighs_more():
    stats = TensorStats.of(np.random.default_rng(1).laplace(size=(4, 20000)).astype(np.float32))
    found = [threshold(f"mse(bits=4, clip_weight={w})", stats) for w in (0.1, 1, 10, 1000)]
    assert found == sorted(found)
    assert found[0] < found[-1]


@pytest.mark.parametrize(
    "text",
    [
        "percentile(percent=101)",
        "quantile(q='x')",
        "moving_average(start='late')",
        "moving_average(batch=0)",
        "moving_average(batch=True)",
        "mse(bits=1)",
        "mse(bits=8.0)",
        "mse(clip_weight=-1)",
        "kl(variant='x')",
        "kl(bits=99)",
        "clip_std(k=float)",
        "power_of_two(rule='ceil')",
        "mace_enhance(ratio=-1)",
        "mace_percentile(percentile=51)",
    ],
)
def test_an_option_out_of_its_range_is_refused(text):
    with pytest.raises(OptionError):
        observers.create(text)
