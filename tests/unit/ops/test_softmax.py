"""Softmax and its logarithm at any range of logits, and on any axis."""

import numpy as np
import pytest

from tests.nets import rng_of
from tests.unit.ops.chains import decibels, ran_chain, ran_wide
from tests.unit.ops.single import ran

SPREADS = [1e-6, 0.01, 1.0, 4.0, 100.0, 1e6]


def logits(spread, classes, batch=4):
    return rng_of(3).standard_normal((batch, classes)) * spread


@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("spread", SPREADS)
def test_the_error_is_below_any_range_of_logits(spread, classes):
    for result in (ran("softmax", logits(spread, classes)), ran_wide("softmax", logits(spread, classes))):
        assert decibels(result) > 50


@pytest.mark.parametrize("spread", SPREADS)
def test_probabilities_add_up_to_one(spread):
    total = ran("softmax", logits(spread, 1000)).found.sum(axis=-1)
    np.testing.assert_allclose(total, 1, atol=0.01)


@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("spread", SPREADS)
def test_the_logarithm_of_softmax_at_any_range_of_logits(spread, classes):
    for result in (ran("log_softmax", logits(spread, classes)), ran_wide("log_softmax", logits(spread, classes))):
        assert decibels(result) > 55


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_twenty_thousand_classes_fit(name):
    assert decibels(ran(name, logits(1.0, 20_000, batch=2))) > 55


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize(("shape", "axis"), [((2, 5, 1, 3), 1), ((2, 1, 5, 3), 2), ((2, 5, 3, 1), 2), ((2, 3, 1, 5), -1), ((1, 4, 1, 1), 1)], ids=str)
def test_any_axis_between_axes_of_size_one(name, shape, axis):
    assert decibels(ran(name, rng_of(0).uniform(-3, 3, shape), axis=axis)) > 55


def test_what_is_further_below_than_lambd_gets_nothing():
    assert ran("softmax", [[0.0, -5.0, -50.0]]).found[0, 2] == 0


def test_a_sure_sample_is_not_cut_though_all_calibrated_ones_were_unsure():
    result = ran("softmax", [[9.0, *[0.0] * 99], [0.0] * 100], thresholds={"node": 0.02})
    assert result.found[0, 0] > 0.15
    np.testing.assert_allclose(result.found[1], 0.01, rtol=0.01)


def test_one_class_is_always_sure():
    assert (ran("softmax", [[3.0], [-1.0]]).found == 1).all()
    np.testing.assert_allclose(ran("log_softmax", [[3.0], [-1.0]]).found, 0, atol=1e-5)


def test_equal_logits_share_equally():
    np.testing.assert_allclose(ran("softmax", [[2.0] * 8]).found, 1 / 8, atol=1e-4)


def test_another_batch_than_the_prepared_one():
    result = ran_chain(lambda b, x: b.op("softmax", x, name="node", axis=1), rng_of(0).standard_normal((3, 6, 2)), prepared_batch=1)
    assert result.found.shape == (3, 6, 2)
    assert decibels(result) > 55
