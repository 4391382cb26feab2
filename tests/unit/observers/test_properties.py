"""What holds for every observer: limits, scale, order of the data, curves."""

import numpy as np
import pytest

from mrt_studio.observers.base import observers
from mrt_studio.stats.tensor_stats import TensorStats

TEXTS = [
    *observers,
    *(f"kl(variant='{v}')" for v in ("mxnet", "quantization_mxnet")),
    *(f"moving_average(batch=3, start='{s}')" for s in ("zero", "first")),
    "power_of_two(rule='mode')",
    "mse(bits=4, unsigned=True, clip_weight=4)",
    "minmax_average(batch=3)",
    "mace_percentile(percentile=10)",
    "lsq(bits=3)",
]
SHAPES = ["normal", "relu", "laplace", "negative", "sparse", "two values"]


def data(kind, scale=1.0):
    """Values of one kind, (10, 3, 50)."""
    rng = np.random.default_rng(len(kind))
    x = rng.standard_normal((10, 3, 50))
    if kind == "relu":
        x = np.maximum(x, 0)
    elif kind == "laplace":
        x = rng.laplace(size=x.shape)
    elif kind == "negative":
        x = -np.abs(x) - 1
    elif kind == "sparse":
        x = np.where(rng.random(x.shape) < 0.02, x, 0)
    elif kind == "two values":
        x = np.sign(x)
    return (x * scale).astype(np.float32)


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("text", TEXTS)
def test_a_threshold_lies_between_zero_and_the_largest_magnitude(text, kind):
    stats = TensorStats.of(data(kind))
    found = observers.create(text).threshold(stats)
    assert type(found) is float
    assert 0 <= found <= (2 if text.startswith("power_of_two") else 1) * stats.absmax


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("text", [t for t in TEXTS if t != "mace_enhance"])
def test_data_of_twice_the_size_has_a_threshold_of_twice_the_size(text, kind):
    observer = observers.create(text)
    once, more = (observer.threshold(TensorStats.of(data(kind, scale))) for scale in (1, 2.0**-7))
    assert more == pytest.approx(once * 2.0**-7, rel=1e-9)


@pytest.mark.parametrize("text", [t for t in TEXTS if t != "mace_enhance" and not t.startswith(("power_of_two", "kl"))])
def test_any_other_size_moves_the_bins_only(text):
    # A histogram has at least 2048 bins to the largest magnitude; a search by percent may move by a step. KL has several minima.
    observer = observers.create(text)
    x = np.random.default_rng(0).laplace(size=(10, 100000))
    once, more = (observer.threshold(TensorStats.of((x * scale).astype(np.float32))) for scale in (1, 1.37))
    assert more / 1.37 == pytest.approx(once, rel=0.02)


@pytest.mark.parametrize("text", TEXTS)
def test_the_order_in_which_batches_come_does_not_matter(text):
    x = data("normal")
    parts = [TensorStats.of(x[i : i + 2], i) for i in range(0, 10, 2)]
    forward = parts[0].merge(parts[1]).merge(parts[2]).merge(parts[3]).merge(parts[4])
    other = parts[4].merge(parts[1].merge(parts[3])).merge(parts[0].merge(parts[2]))
    observer = observers.create(text)
    assert observer.threshold(forward) == observer.threshold(other) == observer.threshold(TensorStats.of(x))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", SHAPES)
def test_a_curve_is_ascending_and_has_a_value_for_each_threshold(text, kind):
    stats = TensorStats.of(data(kind))
    curve = observers.create(text).curve(stats)
    assert curve.label
    assert len(curve.thresholds) == len(curve.values) > 1
    assert (np.diff(curve.thresholds) >= 0).all()
    assert np.isfinite(curve.thresholds).all()
    assert not np.isnan(curve.values).any()


@pytest.mark.parametrize("text", ["mse", "kl", "kl(variant='mxnet')", "kl(variant='quantization_mxnet')"])
def test_the_threshold_is_where_the_curve_is_lowest(text):
    stats = TensorStats.of(data("laplace"))
    curve = observers.create(text).curve(stats)
    at = np.searchsorted(curve.thresholds, observers.create(text).threshold(stats))
    assert curve.values[at] == curve.values.min()


@pytest.mark.parametrize("shift", [-1, 0, 3])
def test_an_observer_reads_a_negated_tensor_alike(shift):
    x = data("laplace") + shift
    for text in ("absmax", "clip_std", "lsq_plus", "minmax_average", "moving_average"):
        observer = observers.create(text)
        assert observer.threshold(TensorStats.of(-x)) == pytest.approx(observer.threshold(TensorStats.of(x)))
