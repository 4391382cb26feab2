"""The quotient at its corners, and its float twin around exact multiples."""

import numpy as np
import pytest

from mrt_studio.cvm.emulate import widths
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.ops.base import Width
from mrt_studio.cvm.proof import prove
from tests.nets import check_exact
from tests.unit.cvm.one import graph_of, result

HIGH = 2**31 - 1


@pytest.mark.parametrize(
    ("a", "b", "quotient"),
    [
        (7, 2, 3),
        (-7, 2, -3),
        (7, -2, -3),
        (-7, -2, 3),
        (1, 2, 0),
        (-1, 2, 0),
        (5, 0, 0),
        (-5, 0, 0),
        (0, 0, 0),
        (0, -3, 0),
        (HIGH, 1, HIGH),
        (HIGH, -1, -HIGH),
        (-HIGH, HIGH, -1),
        (HIGH - 1, HIGH, 0),
        (HIGH, HIGH - 1, 1),
        (HIGH, 2, 2**30 - 1),
        (2**30, 3, 357913941),
    ],
)
def test_quotients_are_truncated_and_division_by_zero_gives_zero(a, b, quotient):
    assert result("broadcast_div", [[a]], ([[b]], 32), bits=32).tolist() == [[quotient]]


def around_multiples(high, seed):
    """Dividends one below, at and one above multiples of the divisors, which are of all sizes."""
    rng = np.random.default_rng(seed)
    b = np.unique(np.concatenate([np.arange(1, 40), np.round(2 ** rng.uniform(0, np.log2(high), 150)).astype(np.int64), [high, high - 1]]))
    factors = np.concatenate([high // b[:, None] - np.arange(3), (rng.uniform(0, 1, (len(b), 20)) * (high // b[:, None])).astype(np.int64)], axis=1)
    a = (b[:, None, None] * factors[:, :, None] + np.array([-1, 0, 1])).reshape(len(b), -1)
    return np.clip(a, -high, high), b[:, None]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("bits", "width"), [(12, Width.SINGLE), (25, Width.SINGLE), (26, Width.DOUBLE), (32, Width.DOUBLE)])
def test_the_twin_is_exact_around_multiples(bits, width, sign):
    a, b = around_multiples(2 ** (bits - 1) - 1, bits)
    graph = graph_of("broadcast_div", a.shape, (sign * b, bits), bits=bits)
    assert widths(graph, fast=True) == {"node": width}
    (out,) = check_exact(graph, {"data": a})
    assert len(np.unique(out)) > 100


def test_a_wide_divisor_alone_asks_for_float64():
    graph = graph_of("broadcast_div", (1, 2), ([[2**24 + 1]], 26), bits=25)
    assert widths(graph, fast=True) == {"node": Width.DOUBLE}
    feeds = {"data": np.array([[2**24 - 1, 1]])}
    assert run_reference(graph, feeds)[0].tolist() == FastMachine(graph).run(feeds)[0].tolist() == [[0, 0]]


def test_the_precision_is_that_of_the_dividend():
    assert prove(graph_of("broadcast_div", (1, 2), ([[3]], 20), bits=9))["node"].bits == 9
