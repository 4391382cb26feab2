"""Statistics merge exactly: any partition of the samples, in any order, gives the same bits."""

import functools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mrt_studio.errors import DataError
from mrt_studio.stats.histogram import EMPTY_EXPONENT, HALF, Histogram
from mrt_studio.stats.tensor_stats import TensorStats

F32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
BATCH = arrays(np.float32, st.tuples(st.integers(1, 7), st.integers(1, 3), st.integers(1, 5)), elements=F32)


def merge_all(parts):
    return functools.reduce(TensorStats.merge, parts)


def bits(stats):
    """Everything that a hash of the statistics would see."""
    parts = (stats.index, stats.rows, stats.channels, np.int64(stats.histogram.exponent), stats.histogram.counts, np.float64(stats.mean), np.float64(stats.std))
    return [stats.size, *(np.asarray(p).dtype.str for p in parts), *(np.asarray(p).tobytes() for p in parts)]


@given(x=BATCH, seed=st.integers(0, 10**6))
@example(x=np.array([[[-0.0, 0.0]], [[0.0, -0.0]]], np.float32), seed=1)
@example(x=np.array([[[-1e-44]], [[1e30]]], np.float32), seed=1)
@example(x=np.array([[[3.4e38]], [[-1.4e-45]], [[0.0]]], np.float32), seed=2)
def test_any_partition_in_any_order_gives_the_same_bits(x, seed):
    rng = np.random.default_rng(seed)
    cuts = sorted(rng.integers(0, len(x) + 1, 2))
    pieces = [(start, stop) for start, stop in zip([0, *cuts], [*cuts, len(x)], strict=True) if start < stop]
    parts = [TensorStats.of(x[start:stop], start) for start, stop in pieces]
    rng.shuffle(parts)
    while len(parts) > 1:  # any grouping
        at = int(rng.integers(len(parts) - 1))
        parts[at : at + 2] = [parts[at].merge(parts[at + 1])]
    assert bits(parts[0]) == bits(TensorStats.of(x))


@given(x=BATCH)
def test_the_figures_are_right(x):
    stats = TensorStats.of(x)
    values = [Fraction(float(v)) for v in x.reshape(-1)]
    count, largest = len(values), max(map(abs, values))
    assert stats.minimum == min(values)
    assert stats.maximum == max(values)
    assert stats.absmax == largest
    assert stats.channels.tolist() == [x.min(axis=(0, 2)).tolist(), x.max(axis=(0, 2)).tolist()]
    mean = sum(values) / count
    assert abs(Fraction(stats.mean) - mean) <= largest * Fraction(1, 2**48)
    variance = sum(v * v for v in values) / count - mean**2
    assert abs(Fraction(stats.std) ** 2 - variance) <= largest**2 * Fraction(1, 2**46)
    assert stats.histogram.counts.sum() == count


@given(x=BATCH)
def test_each_bin_counts_what_lies_between_its_edges(x):
    histogram = TensorStats.of(x).histogram
    width = Fraction(2) ** histogram.exponent
    expected = np.zeros(2 * HALF, np.int64)
    for value in x.reshape(-1):
        expected[math.floor(Fraction(float(value)) / width) + HALF] += 1
    assert np.array_equal(histogram.counts, expected)
    largest = float(abs(x).max())
    assert histogram.exponent == (EMPTY_EXPONENT if largest == 0 else math.frexp(largest)[1] - 12)


RANGES = {
    "zeros": [0.0, -0.0],
    "denormals": [1e-45, -1e-45, 1e-40],
    "negative_only": [-1.0, -1e-10, -4096.0],
    "huge": [3.4028235e38, -3.4028235e38, 1e-45, -1e-45],
    "powers_of_two": [1.0, 2.0, -2.0, 4095.0, 4096.0, -4096.0],
}


@pytest.mark.parametrize("values", RANGES.values(), ids=list(RANGES))
def test_a_histogram_grown_step_by_step_is_the_one_of_all_values(values):
    x = np.array(values, np.float32)
    whole = Histogram.of(x, float(abs(x).max()))
    for order in (x, x[::-1]):
        grown = Histogram.of(order[:1], float(abs(order[0])))
        for v in order[1:]:
            grown = grown.merge(Histogram.of(v.reshape(1), float(abs(v))))
        assert grown.exponent == whole.exponent
        assert np.array_equal(grown.counts, whole.counts)


def test_a_histogram_of_more_values_than_one_chunk():
    x = np.random.default_rng(0).standard_normal(200_000).astype(np.float32)
    whole = Histogram.of(x, float(abs(x).max()))
    assert whole.counts.sum() == x.size
    assert np.array_equal(whole.counts, np.histogram(x.astype(np.float64), whole.edges)[0])


def test_each_bin_of_a_wider_histogram_has_the_counts_of_those_it_took_in():
    counts = np.random.default_rng(0).integers(0, 2**55, 2 * HALF)
    for steps in (*range(16), 70):
        wider = Histogram(-10, counts).coarsened(steps - 10)
        expected = np.zeros_like(counts)
        np.add.at(expected, (np.arange(-HALF, HALF) >> min(steps, 63)) + HALF, counts)
        assert np.array_equal(wider.counts, expected)


def test_edges_and_width():
    histogram = Histogram.of(np.array([3.0], np.float32), 3.0)
    assert histogram.width == 2.0**-10
    assert len(histogram.edges) == 2 * HALF + 1
    assert (histogram.edges[0], histogram.edges[HALF], histogram.edges[-1]) == (-4.0, 0.0, 4.0)
    assert histogram.coarsened(-12) is histogram


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(bad):
    x = np.ones((2, 3, 4), np.float32)
    x[1, 2, 3] = bad
    with pytest.raises(DataError, match="not finite"):
        TensorStats.of(x)


def test_the_same_sample_twice_and_another_size_are_refused():
    x = np.ones((2, 3), np.float32)
    for other in (TensorStats.of(x, 1), TensorStats.of(np.ones((2, 4), np.float32), 2)):
        with pytest.raises(DataError, match="cannot be merged"):
            TensorStats.of(x).merge(other)
    assert merge_all([TensorStats.of(x, i) for i in (4, 0, 2)]).index.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_parameter_is_one_sample_with_its_output_channels():
    stats = TensorStats.of_parameter(np.array([[[1, -2]], [[3, 4]]], np.float64))
    assert (stats.samples, stats.size) == (1, 4)
    assert stats.channels.tolist() == [[-2, 3], [1, 4]]
    assert TensorStats.of_parameter(np.float32(-2.5)).absmax == 2.5
    assert TensorStats.of_parameter(np.arange(12, dtype=np.float32).reshape(3, 4).T).channels[1].tolist() == [8, 9, 10, 11]


def test_a_tensor_without_channels_has_one():
    assert TensorStats.of(np.array([1, -5, 2], np.float32)).channels.tolist() == [[-5], [2]]


def test_the_sum_of_a_large_tensor_does_not_depend_on_how_it_lies_in_memory():
    x = np.random.default_rng(1).standard_normal((3, 2, 70_001)).astype(np.float32)
    apart = [TensorStats.of(np.asfortranarray(x)[i : i + 1], i) for i in range(3)]
    assert bits(merge_all(apart)) == bits(TensorStats.of(x))
