"""Corners of the operators that work element by element."""

import numpy as np
import pytest

from mrt_studio.cvm.emulate import widths
from mrt_studio.cvm.ops.base import Width
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import OverflowError32, ShapeError, UnsupportedError
from tests.unit.cvm.one import graph_of, result

HIGH = 2**31 - 1


def bits_of(op, *params, bits=8, shape=(1, 2), **attributes):
    return prove(graph_of(op, shape, *params, bits=bits, **attributes))["node"].bits


@pytest.mark.parametrize(
    ("value", "count"),
    [(0, 1), (1, 1), (-1, 1), (2, 2), (3, 2), (-4, 3), (7, 3), (2**24 - 1, 24), (2**24, 25), (-(2**24) - 1, 25), (2**30 - 1, 30), (2**30, 31), (-HIGH, 31)],
)
def test_the_bits_of_a_magnitude(value, count):
    assert result("cvm_precision", [[value]], bits=32).tolist() == [[count]]


def test_cvm_precision_is_exact_on_both_sides_of_every_power_of_two():
    for bits, width in ((25, Width.SINGLE), (32, Width.DOUBLE)):
        near = sorted({s * (2**k + d) for k in range(bits - 1) for d in (-1, 0, 1) for s in (1, -1)})
        assert result("cvm_precision", [near], bits=bits).tolist() == [[max(1, abs(v).bit_length()) for v in near]]
        assert widths(graph_of("cvm_precision", (1, 1), bits=bits), fast=True) == {"node": width}
    assert bits_of("cvm_precision", bits=2) == bits_of("cvm_precision", bits=32) == 6


def test_magnitudes_and_signs_at_the_ends_of_the_range():
    x = [[0, 1, -1, HIGH, -HIGH]]
    assert result("abs", x, bits=32).tolist() == [[0, 1, 1, HIGH, HIGH]]
    assert result("negative", x, bits=32).tolist() == [[0, -1, 1, -HIGH, HIGH]]
    assert bits_of("abs", bits=32) == bits_of("negative", bits=32) == 32


def test_differences_need_a_bit_more():
    high = 2**30 - 1
    for op in ("broadcast_sub", "elemwise_sub"):
        assert result(op, [[high, -high, 5]], ([[-high, high, 7]], 31), bits=31).tolist() == [[2 * high, -2 * high, -2]]
        assert bits_of(op, ([[1, 2]], 4), bits=31) == 32
        with pytest.raises(OverflowError32, match="33 bits"):
            bits_of(op, ([[1, 2]], 32))


def test_elemwise_sub_does_not_broadcast():
    with pytest.raises(ShapeError, match=r"elemwise_sub needs equal shapes, not \(1, 2\) and \(1, 1\)"):
        graph_of("elemwise_sub", (1, 2), ([[1]], 8))


def test_the_maximum_of_two():
    assert result("broadcast_max", [[-5, 5, HIGH]], ([[0], [-HIGH]], 32), bits=32).tolist() == [[0, 5, HIGH], [-5, 5, HIGH]]
    assert bits_of("broadcast_max", ([[1]], 20), bits=9) == bits_of("broadcast_max", ([[1]], 9), bits=20) == 20


def test_greater_is_one_or_zero():
    assert result("broadcast_greater", [[-2, -3, -1, 0, 3]], ([[-2]], 4)).tolist() == [[0, 0, 1, 1, 1]]
    assert result("broadcast_greater", [[HIGH, HIGH - 1]], ([[HIGH - 1]], 32), bits=32).tolist() == [[1, 0]]
    assert bits_of("broadcast_greater", ([[1]], 20), bits=9) == 9


def test_greater_of_a_tensor_of_one_bit_is_refused_because_one_would_not_fit():
    assert result("broadcast_greater", [[0, 1, -1]], ([[-3]], 8), bits=2).tolist() == [[1, 1, 1]]
    with pytest.raises(OverflowError32) as caught:
        bits_of("broadcast_greater", ([[-3]], 8), bits=1)
    assert caught.value.remedy == "Bring the first input to 2 bits with cvm_clip."


@pytest.mark.parametrize("table", [[10, 20, -30, 40], [[10, 20], [-30, 40]]])
def test_indices_are_limited_to_the_table(table):
    x = [[0, 1, 2, 3, 4, -1, 100, HIGH, -HIGH]]
    assert result("cvm_lut", x, (table, 7), bits=32, in_dim=4).tolist() == [[10, 20, -30, 40, 40, 10, 40, 40, 10]]


@pytest.mark.parametrize(("bits", "table_bits", "width"), [(25, 25, Width.SINGLE), (26, 8, Width.DOUBLE), (8, 26, Width.DOUBLE)])
def test_indices_and_values_of_a_table_must_be_exact(bits, table_bits, width):
    high = 2 ** (table_bits - 1) - 1
    assert widths(graph_of("cvm_lut", (1, 1), ([high, -high], table_bits), bits=bits, in_dim=2), fast=True) == {"node": width}
    x = [[2 ** (bits - 1) - 1, -1, 1, 0]]
    assert result("cvm_lut", x, ([high, 1 - high], table_bits), bits=bits, in_dim=2).tolist() == [[1 - high, high, 1 - high, high]]
    assert bits_of("cvm_lut", ([1, 2], table_bits), bits=bits, in_dim=2) == table_bits


def test_a_table_of_another_size_is_refused():
    with pytest.raises(ShapeError, match=r"in_dim=3, but its table has the shape \(2, 2\)"):
        graph_of("cvm_lut", (1, 2), ([[1, 2], [3, 4]], 8), in_dim=3)


def test_upsampling_repeats_rows_and_columns():
    x = np.array([[[[1, -2]], [[3, 4]]]])
    expected = [[[[1, 1, -2, -2], [1, 1, -2, -2]], [[3, 3, 4, 4], [3, 3, 4, 4]]]]
    assert result("upsampling", x, scale=2).tolist() == expected
    assert result("upsampling", x, scale=1).tolist() == x.tolist()
    with pytest.raises(ShapeError, match=r"4-D input, not \(1, 2\)"):
        graph_of("upsampling", (1, 2), scale=2)
    with pytest.raises(UnsupportedError, match="method='BILINEAR'"):
        graph_of("upsampling", (1, 1, 2, 2), scale=2, method="BILINEAR")
