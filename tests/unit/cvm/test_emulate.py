"""Which width each operator computes in, and that the choice keeps every bit on saturated data."""

import numpy as np
import pytest

from mrt_studio.cvm.emulate import to_symbol, widths
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.ops.base import Width, make
from mrt_studio.fixedpoint import narrowest_dtype
from mrt_studio.ir.graph import Builder
from tests.nets import emulation_of


def one(op, shape, *params, bits=8, **attributes):
    """One operator called `node`; params are (array, bits)."""
    b = Builder(make)
    refs = [b.input("data", shape, bits)]
    refs += [b.param("", np.asarray(a).astype(narrowest_dtype(p)), name=f"param{i}", precision=p) for i, (a, p) in enumerate(params)]
    return b.graph([b.op(f"cvm.{op}", *refs, name="node", **attributes)])


def dense(k, bias=None, units=2):
    weight = np.full((units, k), 127)
    weight[1] = -127
    params = [(weight, 8)] + ([] if bias is None else [(np.array([bias, -bias]), 31)])
    return one("dense", (2, k), *params, units=units, use_bias=bias is not None)


def depthwise(groups, kernel):
    weight = np.where(np.arange(groups)[:, None, None, None] % 2, 127, -127) * np.ones((1, 1, *kernel), int)
    return one("conv2d", (1, groups, *kernel), (weight, 8), channels=groups, kernel_size=kernel, groups=groups, use_bias=False)


def grouped(channels, groups):
    weight = np.full((groups, channels // groups, 1, 1), 127)
    return one("conv2d", (1, channels, 1, 2), (weight, 8), channels=groups, kernel_size=(1, 1), groups=groups, use_bias=False)


EDGE = 2**24 - 8 * 127 * 127
"""The largest bias beside eight products that float32 holds."""
CASES = {
    "k_1040": (dense(1040), Width.SINGLE),
    "k_1041": (dense(1041), Width.SPLIT),
    "k_25088": (dense(25088), Width.SPLIT),
    "bias_at_2_to_24": (dense(8, EDGE), Width.SINGLE),
    "bias_beyond_2_to_24": (dense(8, EDGE + 1), Width.SPLIT),
    "bias_and_pieces": (dense(3000, 2**29), Width.SPLIT),
    "depthwise": (depthwise(6, (3, 3)), Width.SINGLE),
    "depthwise_large": (depthwise(2, (33, 32)), Width.SPLIT),
    "grouped": (grouped(4164, 4), Width.SPLIT),
    "one_window_too_large": (one("conv2d", (1, 2, 40, 30), (np.full((1, 2, 40, 30), 127), 8), channels=1, kernel_size=(40, 30), use_bias=False), Width.SPLIT),
    "sum_fits": (one("sum", (1, 514), bits=16), Width.DOUBLE),
    "sum_single": (one("sum", (1, 512), bits=16), Width.SINGLE),
    "mul_24": (one("broadcast_mul", (1, 4), ([[127]], 8), bits=18), Width.SINGLE),
    "mul_25": (one("broadcast_mul", (1, 4), ([[127]], 8), bits=19), Width.DOUBLE),
    "shift_24": (one("cvm_right_shift", (1, 400), bits=24, precision=8, shift_bit=5), Width.SINGLE),
    "shift_25": (one("cvm_right_shift", (1, 400), bits=25, precision=8, shift_bit=5), Width.DOUBLE),
    "clip_25": (one("cvm_clip", (1, 400), bits=8, precision=26), Width.DOUBLE),
}


@pytest.mark.parametrize("name", CASES)
def test_the_width_and_the_bits(name):
    graph, width = CASES[name]
    assert widths(graph, fast=True) == {"node": width}
    assert widths(graph, fast=False) == {"node": Width.DOUBLE}
    shape, bits = graph["data"].shapes[0], graph["data"].op.precision
    high, rng = 2 ** (bits - 1) - 1, np.random.default_rng(0)
    odd = np.full(shape, high)
    odd.flat[-1] = high - 1
    ends = rng.choice([high, high - 1, -high, 1, 0], shape)
    near = rng.integers(-64, 65, shape)
    for data in (odd, -odd, ends, near):
        feeds = {"data": data}
        expected = run_reference(graph, feeds)[0]
        assert np.array_equal(FastMachine(graph).run(feeds)[0], expected)
        assert np.array_equal(emulation_of(graph)(feeds)[0], expected)


def test_saturated_products_really_leave_float32():
    """So the cases above would notice a wrong width."""
    total = int(run_reference(dense(1041), {"data": np.full((2, 1041), 127)})[0][0, 0])
    assert total > 2**24
    assert int(np.float32(total)) != total


def test_types_of_inputs_and_outputs():
    graph = one("relu", (1, 4), bits=25)
    assert to_symbol(graph, fast=True).input_types == {"data": "float32"}
    assert to_symbol(one("relu", (1, 4), bits=26), fast=True).input_types == {"data": "float64"}
    assert to_symbol(graph).input_types == {"data": "float64"}


def test_a_width_is_chosen_node_by_node():
    b = Builder(make)
    x = b.input("data", (1, 4), 16)
    wide = b.op("cvm.broadcast_mul", x, b.param("", np.full((1,), 32767, np.int32), name="f", precision=16), name="wide")
    graph = b.graph([b.op("cvm.relu", b.op("cvm.cvm_right_shift", wide, name="narrow", precision=8, shift_bit=24), name="act"), wide])
    assert widths(graph, fast=True) == {"wide": Width.DOUBLE, "narrow": Width.DOUBLE, "act": Width.SINGLE}
    feeds = {"data": np.array([[32767, -32767, 32766, 1]])}
    assert all(np.array_equal(a, b) for a, b in zip(FastMachine(graph).run(feeds), run_reference(graph, feeds), strict=True))
