"""Factors and scales of channels: one scale for all results, room above the threshold, and other scales to choose from."""

import numpy as np
import pytest

from mrt_studio.fixedpoint import int_range
from mrt_studio.ops.shared.channel_scales import ACCUMULATOR_BITS, FACTOR_BITS, SLACK, limits_of, unify
from tests.nets import rng_of

SCALE, THRESHOLD = 90.0, 3.0


def limits():
    weight = rng_of(0).standard_normal((6, 20)) * np.logspace(0, -3, 6)[:, None]
    return limits_of(weight, rng_of(1).standard_normal(6), largest=1.4, threshold=THRESHOLD, scale=SCALE)


def meets(plan):
    """The scale of the results of each channel."""
    return SCALE * plan.scales * plan.factors / 2.0 ** (plan.before + plan.after)


def test_results_of_all_channels_have_one_scale_and_room_above_the_threshold():
    plan = unify(limits(), SCALE, THRESHOLD)
    np.testing.assert_allclose(meets(plan), plan.scale)
    assert plan.factors.max() <= int_range(FACTOR_BITS)
    assert (plan.scales <= limits().scales * (1 + 1e-9)).all()
    room = int_range(ACCUMULATOR_BITS) / (plan.scale * THRESHOLD)
    assert 2**SLACK <= room < 2.1 * 2**SLACK


@pytest.mark.parametrize("count", [1, 7])
def test_alternatives_are_smaller_scales_with_the_same_results(count):
    plan = unify(limits(), SCALE, THRESHOLD)
    plans = plan.alternatives(count)
    assert plans.scales.shape == plans.factors.shape == (count, 6)
    assert np.array_equal(plans.factors[0], plan.factors)
    assert plans.factors.max() <= int_range(FACTOR_BITS)
    assert (np.diff(plans.scales, axis=0) <= 0).all()
    numbers = np.arange(6) % count
    taken = plans.taken(numbers)
    np.testing.assert_allclose(meets(taken), plan.scale)
    assert np.array_equal(taken.scales, plans.scales[numbers, np.arange(6)])


def test_a_channel_with_a_large_bias_does_not_cost_the_others_their_digits():
    """Its scale is made smaller until all channels together have the least noise; the others keep theirs."""
    weight = rng_of(0).standard_normal((6, 9)) * np.array([1, 1, 1, 1, 1, 1e-5])[:, None]
    bias = np.array([0, 0.1, 0, 0.1, 0, 6.0])
    full = limits_of(weight, bias, largest=6.0, threshold=6.0, scale=3.0)
    even = full.balanced(3.0, products=3.0)
    assert even.bits(3.0) <= full.bits(3.0) - 2
    assert np.array_equal(even.scales[:5], full.scales[:5])
    assert np.array_equal(full.balanced(3.0, products=1e6).scales, full.scales)
    small = limits_of(weight[:5], bias[:5], largest=6.0, threshold=6.0, scale=3.0)
    assert small.balanced(3.0, products=3.0) is small
