"""Requantization: MRT's three cases, their edges, and how near the result is to the exact quotient."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.proof import prove
from mrt_studio.cvm.requant import GuardBits, ShiftMultiply
from mrt_studio.cvm.rules import check_rules
from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import bits_for, int_range
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.lowering import Quantized

VALUES = 64


class Emit:
    """The lowering's side of requantization, without a lowering."""

    def __init__(self):
        self.builder = Builder(make)

    def bits(self, ref):
        return prove(self.builder.graph([ref]))[ref.name].bits

    def emit_helper(self, op, *inputs, hint, **attributes):
        return self.builder.op(op, *inputs, hint=hint, **attributes)


def requant(bits, threshold, scale, precision, asked=None, shift_bits=5, requantizer=None):
    """Requantize an input of so many bits; returns result, steps, and a function that runs it."""
    e = Emit()
    x = Quantized(e.builder.input("data", (1, VALUES), bits), scale, bits, threshold)
    found, steps = (requantizer or ShiftMultiply(shift_bits)).apply(e, x, precision, asked)
    graph = e.builder.graph([found.ref])

    def run(values):
        data = np.resize(np.array(values, np.int64), (1, VALUES))
        return run_reference(graph, {"data": data})[0][0][: len(values)]

    return found, steps, graph, run


def ops(graph):
    return [n.op.name.removeprefix("cvm.") for n in graph.operators]


def test_few_bits_and_no_scale_asked_for_stay():
    found, steps, graph, _ = requant(8, 2.0, 63.5, 8)
    assert (ops(graph), steps, found.scale, found.precision) == ([], [], 63.5, 8)
    assert requant(5, 2.0, 7.5, 8)[0].precision == 5


def test_one_shift_where_there_are_many_bits_too_many():
    found, steps, graph, run = requant(20, 1.0, int_range(20), 8)
    assert ops(graph) == ["cvm_right_shift"]
    assert (steps[0].frac, steps[0].shift, steps[0].precision) == (1, 12, 8)
    assert (found.scale, found.precision) == (int_range(20) / 4096, 8)
    # Half up, and limited: 2**19 - 1 would round to 128.
    assert run([0, 2048, 2047, -2048, -2049, int_range(20), -int_range(20)]).tolist() == [0, 1, 0, 0, -1, 127, -127]


@pytest.mark.parametrize(
    ("shift_bits", "operators"), [(4, ["cvm_right_shift"]), (5, ["broadcast_mul", "cvm_right_shift"]), (24, ["broadcast_mul", "cvm_right_shift"])]
)
def test_shift_bits_is_the_most_that_is_not_shifted_first(shift_bits, operators):
    found, _, graph, run = requant(13, 1.0, int_range(13), 8, shift_bits=shift_bits)
    assert ops(graph) == operators
    assert found.precision == 8
    if shift_bits == 5:  # multiplied to the whole range
        assert found.scale == pytest.approx(127, rel=1e-4)
        assert run([int_range(13)]).tolist() == [127]


def test_a_scale_asked_for_is_met_after_the_shift():
    found, steps, graph, run = requant(24, 1.0, int_range(24), 16, asked=10_000.0)
    assert ops(graph) == ["cvm_right_shift", "broadcast_mul", "cvm_right_shift"]
    assert [s.frac == 1 for s in steps] == [True, False]
    assert found.scale == pytest.approx(10_000, rel=1e-4)
    assert run([int_range(24), -int_range(24), 0]).tolist() == [10_000, -10_000, 0]


def test_a_ratio_of_one_needs_nothing():
    found, _, graph, _ = requant(8, 1.0, 127.0, 16, asked=127.0)
    assert (ops(graph), found.scale, found.precision) == ([], 127.0, 8)


def test_a_power_of_two_is_a_shift_alone_and_a_positive_one_a_product_alone():
    found, _, graph, run = requant(8, 1.0, 128.0, 8, asked=32.0)
    assert (ops(graph), found.scale) == (["cvm_right_shift"], 32.0)
    assert run([6, -6, 127]).tolist() == [2, -1, 32]
    found, _, graph, run = requant(8, 1.0, 127.0, 16, asked=127.0 * 64)
    assert (ops(graph), found.scale) == (["broadcast_mul"], 127.0 * 64)
    assert found.precision == 16
    assert run([3, -127]).tolist() == [192, -127 * 64]


def test_a_positive_exponent_goes_into_the_multiplier():
    found, steps, _, run = requant(27, 1.0, int_range(27), 31, asked=int_range(27) * 12.0, shift_bits=24)
    assert (steps[0].frac, steps[0].shift) == (12, 0)
    assert run([5_000_000, -3]).tolist() == [60_000_000, -36]
    assert found.scale == int_range(27) * 12.0


@pytest.mark.parametrize("asked", [None, 3.0])
def test_a_zero_threshold_leaves_the_zeros_alone(asked):
    found, steps, graph, _ = requant(1, 0.0, 7.0, 8, asked)
    assert (ops(graph), steps) == ([], [])
    assert found.scale == (asked or 127.0)


def test_one_bit_is_all_zeros_at_any_scale_and_never_multiplied():
    found, _, graph, _ = requant(1, 1e-25, 1e4, 16, asked=32767 / 1e-25)
    assert (ops(graph), found.scale) == ([], 32767 / 1e-25)


def test_a_ratio_below_2_to_the_minus_30_keeps_the_shift_and_loses_digits():
    found, steps, _, run = requant(8, 1.0, 127.0, 8, asked=127 * 1.4 * 2**-30)
    assert (steps[0].frac, steps[0].shift) == (1, 30)
    assert found.scale == 127 * 2.0**-30
    assert run([127, -127]).tolist() == [0, 0]


def test_a_ratio_that_rounds_to_nothing_gives_zeros():
    found, _, graph, run = requant(8, 1.0, 127.0, 8, asked=127 * 2.0**-32)
    assert ops(graph) == ["cvm_clip"]
    assert found.precision == 1
    assert run([127, -127]).tolist() == [0, 0]


def test_32_bits_leave_no_room_unless_they_are_shifted_first():
    with pytest.raises(QuantizationError, match="32 bits, which leave no room") as caught:
        requant(32, 1.0, int_range(32), 28)
    assert "Lower shift_bits" in caught.value.remedy
    found, _, graph, run = requant(32, 1.0, int_range(32), 28, shift_bits=3)
    assert (ops(graph), found.precision) == (["cvm_right_shift", "cvm_clip"], 28)
    assert run([int_range(32), 24]).tolist() == [int_range(28), 2]
    check_rules(graph)
    assert requant(32, 1.0, int_range(32), 8)[0].precision == 8


def test_a_threshold_far_beyond_the_bits_shifts_as_far_as_the_machine_can():
    found, _, graph, run = requant(20, 1e9, int_range(20), 8)
    assert ops(graph) == ["cvm_right_shift"]
    assert graph.operators[0].op.shift_bit == 30
    assert found.scale == int_range(20) * 2.0**-30
    assert run([int_range(20), -int_range(20)]).tolist() == [0, 0]


@pytest.mark.parametrize("asked", [None, 32767 / 1e-12])
def test_a_threshold_below_half_of_one_step_makes_zeros(asked):
    found, steps, _, run = requant(20, 1e-12, 1e4, 16, asked=asked)
    assert (found.threshold, found.precision, steps) == (0.0, 1, [])
    assert run([1, 0, -524287]).tolist() == [0, 0, 0]


@settings(max_examples=300, deadline=None)
@given(
    bits=st.integers(2, 31),
    log_threshold=st.floats(-20, 20),
    fill=st.floats(0.02, 1),
    precision=st.integers(2, 16),
    ratio=st.one_of(st.none(), st.floats(2.0**-20, 4.0)),
    shift_bits=st.integers(0, 8),
    seed=st.integers(0, 1000),
)
def test_the_result_is_near_the_exact_quotient_and_its_scale_is_right(bits, log_threshold, fill, precision, ratio, shift_bits, seed):
    """Codes times the ratio of scales, rounded at most twice, limited to the precision."""
    threshold = 2.0**log_threshold
    scale = int_range(bits) * fill / threshold
    asked = None if ratio is None else int_range(precision) / threshold * min(ratio, 1.0)
    assume(bits_for(threshold * scale) == bits and threshold * scale >= 0.5)
    try:
        found, steps, graph, run = requant(bits, threshold, scale, precision, asked, shift_bits)
    except QuantizationError:
        assert bits > 30
        return
    rows = prove(graph)
    assert rows[found.ref.name].bits == found.precision <= max(precision, bits if asked is None and bits <= precision else 0)
    limit = int(threshold * scale)
    values = [*np.random.default_rng(seed).integers(-limit, limit + 1, 30).tolist(), 0, limit, -limit]
    exact = Fraction(1)
    for step in steps:
        exact *= Fraction(step.frac, 2**step.shift)
    assert found.scale == pytest.approx(float(exact * Fraction(scale)), rel=1e-12)
    last = Fraction(steps[-1].frac, 2 ** steps[-1].shift) if steps else Fraction(1)
    if asked is not None and steps:
        # The multiplier is rounded to the bits beside those of what it multiplies, and to 2**-30.
        room, before = (32 - steps[0].precision, steps[0].scale) if len(steps) == 2 else (32 - bits, scale)
        assert abs(found.scale - asked) <= max(asked * 2.0 ** -(room - 2), before * 2.0**-31) * (1 + 1e-9)
    high = int_range(found.precision)
    # Half a step for each rounding; the first shift may also limit by one code, 2**p - 1/2 to 2**p - 1.
    slack = Fraction(1, 2) + (Fraction(3, 2) * last if len(steps) == 2 else 0)
    for value, code in zip(values, run(values), strict=True):
        assert abs(int(code) - min(max(value * exact, -high), high)) <= slack


def test_guard_bits_use_all_codes_where_a_shift_alone_would_not():
    """20 bits of which the threshold fills half: the shift leaves codes up to 64, guard bits bring it to 127."""
    top = int_range(20) // 2 + 1
    assert requant(20, 1.0, top, 8)[3]([top]).tolist() == [64]
    found, steps, graph, run = requant(20, 1.0, top, 8, requantizer=GuardBits())
    assert ops(graph) == ["cvm_right_shift", "broadcast_mul", "cvm_right_shift"]
    assert steps[0].precision == 17
    assert found.scale == pytest.approx(127, rel=2**-14)
    assert run([top, -top, 0]).tolist() == [127, -127, 0]


def test_guard_bits_limit_first_what_the_threshold_allows():
    found, steps, graph, _ = requant(30, 1.0, int_range(12), 16, asked=int_range(16), requantizer=GuardBits())
    assert ops(graph)[0] == "cvm_clip"
    assert steps[0].precision == 12
    assert found.scale == pytest.approx(int_range(16), rel=2**-14)


def test_guard_bits_leave_what_has_few_bits():
    found, steps, graph, _ = requant(8, 2.0, 63.5, 8, requantizer=GuardBits())
    assert (ops(graph), steps, found.scale, found.precision) == ([], [], 63.5, 8)
    found, _, graph, _ = requant(16, 2.0, 20_000, 17, requantizer=GuardBits())
    assert (ops(graph), found.precision) == ([], 16)


@settings(max_examples=300, deadline=None)
@given(
    bits=st.integers(9, 32),
    fill=st.floats(0.02, 1),
    precision=st.integers(2, 16),
    ratio=st.one_of(st.none(), st.floats(2.0**-8, 1.0)),
    seed=st.integers(0, 1000),
)
def test_guard_bits_meet_any_scale_and_round_once_but_for_little(bits, fill, precision, ratio, seed):
    """The scale within 2**-14, and codes within half a step and what a rounding at 17 bits adds."""
    limit = int(int_range(bits) * fill)
    scale = limit / 3.0
    assume(limit >= 1 and limit >= int_range(precision))
    wanted = int_range(precision) / 3.0 * (ratio or 1.0)
    found, steps, graph, run = requant(bits, 3.0, scale, precision, None if ratio is None else wanted, requantizer=GuardBits())
    rows = prove(graph)
    assert rows[found.ref.name].bits == found.precision <= precision
    if ratio is None and bits_for(limit) <= precision:
        return  # it stays as it is
    before = steps[0].scale if len(steps) == 2 else scale
    assert abs(found.scale - wanted) <= max(wanted * 2.0**-14, before * 2.0**-31) * (1 + 1e-9)  # no shift is longer than 30
    values = [*np.random.default_rng(seed).integers(-limit, limit + 1, 30).tolist(), 0, limit, -limit]
    high = int_range(found.precision)
    exact = Fraction(found.scale) / Fraction(scale)
    slack = Fraction(1, 2) + (Fraction(3, 2) * Fraction(steps[-1].frac, 2 ** steps[-1].shift) if len(steps) == 2 else 0) + Fraction(1, 1 << 30)
    for value, code in zip(values, run(values), strict=True):
        assert abs(int(code) - min(max(value * exact, -high), high)) <= slack
