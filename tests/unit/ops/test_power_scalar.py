"""Constant powers: which operators they become, corners, and what is refused."""

import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from mrt_studio.ops.base import make
from tests.nets import prepared, rng_of
from tests.unit.ops.chains import ran_chain, ran_wide, share
from tests.unit.ops.single import ran, single


def kinds(graph):
    return [node.op.name for node in graph.operators]


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        (1.0, []),
        (2.0, ["broadcast_mul"]),
        (3.0, ["broadcast_mul"] * 2),
        (8.0, ["broadcast_mul"] * 3),
        (-1.0, ["reciprocal"]),
        (-2.0, ["broadcast_mul", "reciprocal"]),
        (0.5, ["sqrt"]),
        (-0.5, ["rsqrt"]),
        (1.5, ["_power_scalar"]),
        (11.0, ["broadcast_mul"] * 5),
    ],
)
def test_what_a_power_becomes(scalar, expected):
    assert kinds(prepared(single("_power_scalar", np.ones((2, 3)), scalar=scalar))) == expected


@pytest.mark.parametrize("scalar", [-2.0, -0.3, 0.0, 0.1, 1.7, 3.0, 9.0])
def test_powers_of_many_magnitudes(scalar):
    data = np.geomspace(0.05, 1, 200).reshape(2, 100)
    assert share(ran_wide("_power_scalar", data, scalar=scalar)) < 3e-3


def test_zero_to_the_power_zero_is_one():
    assert ran("_power_scalar", [[0.0, 3.0, -3.0]], scalar=0.0).found.tolist() == [[1, 1, 1]]


def test_a_fraction_of_a_negative_number_is_zero():
    assert ran("_power_scalar", [[-4.0, 0.0, 4.0]], scalar=1.5, thresholds={"node": 8.0}).found[0, :2].tolist() == [0, 0]


def test_an_exponent_beyond_all_use_is_refused():
    with pytest.raises(UnsupportedError, match="scalar=1000000"):
        make("_power_scalar", scalar=1e6)


@pytest.mark.parametrize("exponent", [2.0, 1.5])
def test_a_tensor_to_a_constant_power(exponent):
    data = rng_of(0).uniform(0.5, 2, (2, 50))
    assert share(ran("broadcast_power", data, params=([exponent],))) < 0.02


def test_a_constant_base():
    data = rng_of(0).uniform(-2, 2, (2, 50))
    assert share(ran_chain(lambda b, x: b.op("broadcast_power", b.param("base", np.full((1, 1), 3, np.float32)), x, name="node"), data)) < 2e-3


@pytest.mark.parametrize("exponents", [[1.0, 2.0, 3.0], [[2.0], [2.0], [2.0]]], ids=["different", "another shape"])
def test_exponents_that_are_no_single_constant_are_refused(exponents):
    with pytest.raises(UnsupportedError, match="single constant") as caught:
        prepared(single("broadcast_power", np.ones((1, 3)), params=(exponents,)))
    assert "Split" in caught.value.remedy


@pytest.mark.parametrize("scalar", [0.0, -2.0])
def test_powers_of_a_base_that_is_not_positive_are_refused(scalar):
    with pytest.raises(UnsupportedError, match="to the power of x"):
        prepared(single("_rpower_scalar", np.ones((1, 3)), scalar=scalar))
