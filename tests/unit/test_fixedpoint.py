"""Exact integer arithmetic against exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mrt_studio.fixedpoint import Dyadic, Rounding, bits_for, count_bits, dyadic, int_range, narrowest_dtype, quantize_array, scale_for

BELOW_HALF = 0.49999999999999994
finite = st.floats(-(2.0**52), 2.0**52, allow_nan=False)


def half_away(x: Fraction) -> int:
    return int(math.copysign(1, x)) * math.floor(abs(x) + Fraction(1, 2))


EXACT = {
    Rounding.HALF_AWAY: half_away,
    Rounding.HALF_UP: lambda x: math.floor(x + Fraction(1, 2)),
    Rounding.HALF_EVEN: round,
    Rounding.TRUNCATE: math.trunc,
}
TIES = {
    Rounding.HALF_AWAY: [-3, -2, -1, 0, 0, 0, 0, 1, 2, 3],
    Rounding.HALF_UP: [-2, -1, 0, 0, 0, 0, 0, 1, 2, 3],
    Rounding.HALF_EVEN: [-2, -2, 0, 0, 0, 0, 0, 0, 2, 2],
    Rounding.TRUNCATE: [-2, -1, 0, 0, 0, 0, 0, 0, 1, 2],
}


@pytest.mark.parametrize("rule", Rounding)
def test_ties(rule):
    x = np.array([-2.5, -1.5, -0.5, -BELOW_HALF, -0.0, 0.0, BELOW_HALF, 0.5, 1.5, 2.5])
    assert rule.apply(x).tolist() == TIES[rule]


@pytest.mark.parametrize("rule", Rounding)
@given(x=finite)
@example(x=2.0**52 - 0.5)
@example(x=2.0**51 + 0.5)
@example(x=-(2.0**51) - 0.5)
@example(x=5e-324)
@example(x=-5e-324)
@example(x=4503599627370497.0)
def test_rounding_is_exact(rule, x):
    out = rule.apply(np.array([x]))
    assert out.dtype == np.float64
    assert int(out[0]) == EXACT[rule](Fraction(x))


@given(k=st.integers(-(2**40), 2**40), rule=st.sampled_from(Rounding))
def test_ties_everywhere(k, rule):
    x = k + 0.5
    for value in (x, float(np.nextafter(x, -math.inf)), float(np.nextafter(x, math.inf))):
        assert int(rule.apply(np.array([value]))[0]) == EXACT[rule](Fraction(value))


@pytest.mark.parametrize(("bits", "high"), [(1, 0), (2, 1), (8, 127), (16, 32767), (32, 2**31 - 1)])
def test_int_range(bits, high):
    assert int_range(bits) == high


@pytest.mark.parametrize(("k", "bits"), [(1, 1), (2, 2), (3, 2), (4, 3), (9, 4), (255, 8), (256, 9)])
def test_count_bits(k, bits):
    assert count_bits(k) == bits == math.floor(math.log2(k)) + 1


@given(n=st.integers(0, 2**70))
def test_bits_of_an_integer_are_the_fewest_that_hold_it(n):
    # Beyond 2**53 a float argument is not the integer any more, so the property is about what is passed.
    bits = bits_for(n)
    assert n <= int_range(bits)
    assert bits == 1 or n > int_range(bits - 1)
    assert bits_for(-n) == bits


@given(x=st.floats(1e-6, 2.0**40))
def test_bits_follow_the_formula_away_from_integers(x):
    if abs(x - round(x)) > 1e-8 * max(1, round(x)):
        assert bits_for(x) == math.ceil(math.log2(x + 1)) + 1


@given(threshold=st.floats(1e-30, 1e30), bits=st.integers(2, 32))
def test_a_threshold_at_its_own_scale_needs_exactly_its_bits(threshold, bits):
    assert bits_for(threshold * scale_for(threshold, bits)) == bits
    assert bits_for(threshold * (int_range(bits) / threshold)) == bits


@given(magnitude=st.floats(0, 2.0**31))
def test_the_bits_hold_the_rounded_magnitude(magnitude):
    assert half_away(Fraction(magnitude)) <= int_range(bits_for(magnitude)) + (magnitude > 2**29) * math.ceil(magnitude * 1e-9)


def test_zero_needs_one_bit_and_a_little_needs_two():
    assert (bits_for(0), bits_for(1e-12), bits_for(0.001), bits_for(1), bits_for(1.001)) == (1, 1, 2, 2, 3)


def test_scale_of_a_zero_threshold_is_one():
    assert scale_for(0.0, 8) == 1.0
    assert scale_for(0.5, 8) == 254.0


@given(ratio=st.floats(1e-300, 1e300), bits=st.integers(2, 32))
@example(ratio=1.9999999, bits=8)
@example(ratio=0.75, bits=2)
@example(ratio=2.0**-1060, bits=24)
def test_a_dyadic_number_is_within_half_a_step_and_its_bits(ratio, bits):
    found = dyadic(ratio, bits)
    assert 1 <= found.frac <= int_range(bits)
    error = abs(Fraction(found.frac) * Fraction(2) ** found.exp - Fraction(ratio))
    step = Fraction(2) ** found.exp
    capped = found.frac == int_range(bits)
    assert error <= (step if capped else step / 2)
    assert error <= Fraction(ratio) / 2 ** (bits - 2)


@given(frac=st.integers(1, 2**20), exp=st.integers(-40, 40))
def test_a_number_that_fits_is_met_exactly(frac, exp):
    found = dyadic(math.ldexp(frac, exp), 23)
    assert found.value == math.ldexp(frac, exp)
    assert found.frac % 2 or found.frac == 1


def test_dyadic_zero_and_refusals():
    assert dyadic(0.0, 8) == Dyadic(0, 0)
    assert dyadic(1.0, 8) == Dyadic(1, 0)
    assert dyadic(127 / 128, 8) == Dyadic(127, -7)
    for ratio, bits in ((-1.0, 8), (math.inf, 8), (math.nan, 8), (1.0, 1)):
        with pytest.raises(ValueError, match="no dyadic number"):
            dyadic(ratio, bits)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=30), st.floats(1e-3, 1e3), st.integers(2, 32))
def test_quantize_array_against_exact_fractions(values, scale, bits):
    x = np.array(values, np.float32)
    limit = int_range(bits)
    # The product is rounded to float64 once, which is part of the definition; the rest is exact.
    expected = [min(max(half_away(Fraction(float(v) * scale)), -limit), limit) for v in x]
    out = quantize_array(x, scale, bits)
    assert out.tolist() == expected
    assert out.dtype == narrowest_dtype(bits)


@pytest.mark.parametrize("shape", [(), (0,), (3, 5), (2, 0, 3), (70000,), (1, 32768), (32769,)])
def test_quantize_array_keeps_the_shape_over_its_pieces(shape):
    x = np.random.default_rng(0).uniform(-2, 2, shape).astype(np.float32)
    out = quantize_array(x, 50.0, 8)
    assert out.shape == shape
    assert np.array_equal(out.reshape(-1), Rounding.HALF_AWAY.apply(x.reshape(-1).astype(np.float64) * 50.0))


def test_quantize_array_takes_views_that_are_not_contiguous():
    x = np.arange(12, dtype=np.float32).reshape(3, 4).T[::-1]
    assert np.array_equal(quantize_array(x, 1.0, 8), x)


@pytest.mark.parametrize(("bits", "dtype"), [(1, np.int8), (8, np.int8), (9, np.int32), (32, np.int32)])
def test_narrowest_dtype(bits, dtype):
    assert narrowest_dtype(bits) == dtype
