"""Every operator against plain integers: the reference machine, and its twin in MXNet at every width it may use."""

import itertools
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from mrt_studio.cvm.emulate import widths
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.ops.base import FLOAT32_EXACT, Width, cvm_operators
from mrt_studio.cvm.ops.shared.no_twin import NoTwin
from mrt_studio.cvm.proof import bound_of, prove
from mrt_studio.engine import mxnet
from mrt_studio.ir.graph import Ref
from tests.unit.cvm.graphs import ALL, conv, dense, lowered, of
from tests.unit.cvm.plain_moves import PLAIN


def naive_conv2d(op, x, w, bias=None):
    (n, _, h, width), (o, per_group, kh, kw) = x.shape, w.shape
    (ph, pw), (sh, sw), (dh, dw) = op.padding, op.strides, op.dilation
    oh, ow = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1, (width + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    out = np.zeros((n, o, oh, ow), np.int64)
    for k, i, j, c, a, b in itertools.product(range(o), range(oh), range(ow), range(per_group), range(kh), range(kw)):
        row, column = i * sh + a * dh - ph, j * sw + b * dw - pw
        if 0 <= row < h and 0 <= column < width:
            channel = k // (o // op.groups) * per_group + c
            out[:, k, i, j] += x[:, channel, row, column] * w[k, c, a, b]
    return out if bias is None else out + bias[None, :, None, None]


def naive_max_pool2d(op, x):
    out = np.full(op.infer((x.shape,))[0], -(1 << 31), np.int64)
    for i, j, a, b in itertools.product(*map(range, out.shape[2:]), *map(range, op.pool_size)):
        row, column = i * op.strides[0] + a - op.padding[0], j * op.strides[1] + b - op.padding[1]
        if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
            out[:, :, i, j] = np.maximum(out[:, :, i, j], x[:, :, row, column])
    return out


def naive_reduction(op, x, function):
    axes = {a % x.ndim for a in op.axis} or set(range(x.ndim))
    axes = set(range(x.ndim)) - axes if op.exclude else axes
    groups = {}
    for at in itertools.product(*map(range, x.shape)):
        place = tuple(0 if i in axes else k for i, k in enumerate(at)) if op.keepdims else tuple(k for i, k in enumerate(at) if i not in axes) or (0,)
        groups.setdefault(place, []).append(int(x[at]))
    out = np.zeros(op.infer((x.shape,))[0], np.int64)
    assert out.size == len(groups)
    for place, values in groups.items():
        out[place] = function(values)
    return out


def naive_upsampling(op, x):
    out = np.zeros(op.infer((x.shape,))[0], np.int64)
    for n, c, i, j in itertools.product(*map(range, out.shape)):
        out[n, c, i, j] = x[n, c, i // op.scale, j // op.scale]
    return out


def pairs(x, y, function):
    shape = np.broadcast_shapes(x.shape, y.shape)
    both = zip(np.broadcast_to(x, shape).flat, np.broadcast_to(y, shape).flat, strict=True)
    return np.array([function(int(a), int(b)) for a, b in both], np.int64).reshape(shape)


def each(x, function):
    return np.array([function(int(v)) for v in x.flat], np.int64).reshape(x.shape)


def limited(value, precision):
    high = 2 ** (precision - 1) - 1
    return min(max(value, -high), high)


NAIVE = {
    **PLAIN,
    "cvm.conv2d": naive_conv2d,
    "cvm.dense": lambda _, x, w, b=0: np.einsum("mk,nk->mn", x, w) + b,
    "cvm.relu": lambda _, x: each(x, lambda v: max(v, 0)),
    "cvm.max_pool2d": naive_max_pool2d,
    "cvm.sum": lambda op, x: naive_reduction(op, x, sum),
    "cvm.max": lambda op, x: naive_reduction(op, x, max),
    "cvm.upsampling": naive_upsampling,
    "cvm.broadcast_add": lambda _, x, y: pairs(x, y, lambda a, b: a + b),
    "cvm.elemwise_add": lambda _, x, y: pairs(x, y, lambda a, b: a + b),
    "cvm.broadcast_mul": lambda _, x, y: pairs(x, y, lambda a, b: a * b),
    "cvm.broadcast_sub": lambda _, x, y: pairs(x, y, lambda a, b: a - b),
    "cvm.elemwise_sub": lambda _, x, y: pairs(x, y, lambda a, b: a - b),
    "cvm.broadcast_max": lambda _, x, y: pairs(x, y, max),
    "cvm.broadcast_greater": lambda _, x, y: pairs(x, y, lambda a, b: a > b),
    "cvm.broadcast_div": lambda _, x, y: pairs(x, y, lambda a, b: int(Fraction(a, b)) if b else 0),
    "cvm.abs": lambda _, x: each(x, abs),
    "cvm.negative": lambda _, x: each(x, lambda v: -v),
    "cvm.cvm_precision": lambda _, x: each(x, lambda v: len(f"{abs(v):b}")),
    "cvm.cvm_lut": lambda op, x, table: each(x, lambda v: list(table.flat)[min(max(v, 0), op.in_dim - 1)]),
    "cvm.cvm_left_shift": lambda op, x: each(x, lambda v: limited(v * 2**op.shift_bit, op.precision)),
    "cvm.clip": lambda op, x: each(x, lambda v: min(max(v, op.a_min), op.a_max)),
    "cvm.cvm_clip": lambda op, x: each(x, lambda v: limited(v, op.precision)),
    "cvm.cvm_right_shift": lambda op, x: each(x, lambda v: limited(floor(Fraction(v, 2**op.shift_bit) + Fraction(1, 2)), op.precision)),
    "cvm.concatenate": lambda op, *x: np.array([v for part in split(op.axis, *x) for v in part], np.int64).reshape(op.infer(tuple(v.shape for v in x))[0]),
    "cvm.flatten": lambda _, x: np.array([list(row.flat) for row in x]),
}


def split(axis, *x):
    """The rows of all arrays in the order in which they follow each other when joined along the axis."""
    lead = x[0].shape[: axis % x[0].ndim]
    return [v[at].flat for at in itertools.product(*map(range, lead)) for v in x]


def naive(graph, sample):
    values = fed(graph, sample)
    for node in graph.operators:
        out = NAIVE[node.op.name](node.op, *(values[r] for r in node.inputs))
        values |= {Ref(node.name, i): v for i, v in enumerate(out if isinstance(out, tuple) else (out,))}
    return [values[ref] for ref in graph.outputs]


def fed(graph, sample):
    """The parameters and the sample."""
    return {Ref(name): array.astype(np.int64) for name, array in {**graph.params, "data": sample}.items()}


def test_every_operator_has_a_case_and_a_plain_twin():
    covered = {node.op.name for case in ALL.values() for node in case()[0].operators}
    assert covered == set(cvm_operators) == set(NAIVE)


@pytest.mark.parametrize("name", ALL)
def test_the_reference_equals_plain_integers_and_stays_in_its_proof(name):
    graph, sample = ALL[name]()
    rows = prove(graph)
    for ref, ours, plain in zip(graph.outputs, run_reference(graph, {"data": sample}), naive(graph, sample), strict=True):
        assert ours.shape == plain.shape == graph.shape(ref)
        assert (ours == plain).all()
        assert abs(plain).max() <= bound_of(rows, ref)


@pytest.mark.parametrize(
    ("value", "shift", "result"),
    [
        (3, 1, 2),
        (-3, 1, -1),
        (1, 1, 1),
        (-1, 1, 0),
        (6, 2, 2),
        (-6, 2, -1),
        (-2, 2, 0),
        (2, 2, 1),
        (-7, 2, -2),
        (5, 2, 1),
        (-(2**30), 30, -1),
        (-(2**29), 30, 0),
    ],
)
def test_a_right_shift_rounds_half_up_on_both_sides_of_zero(value, shift, result):
    graph, _ = of("cvm_right_shift", (1, 1), bits=32, precision=8, shift_bit=shift)
    feeds = {"data": np.array([[value]], np.int32)}
    assert run_reference(graph, feeds)[0].tolist() == FastMachine(graph).run(feeds)[0].tolist() == [[result]]


def emulated(op, width, x):
    nd = mxnet().nd
    types = {Width.SINGLE: ("float32",) * len(x), Width.DOUBLE: ("float64",) * len(x), Width.SPLIT: ("float32", "float32", "float64")}[width]
    arrays = [nd.array(v.astype(t), dtype=t) for v, t in zip(x, types, strict=False)]
    out = op.emulate(nd, width, tuple(v.shape for v in x), *arrays).asnumpy()
    assert np.array_equal(out, np.rint(out))
    return out.astype(np.int64)


@pytest.mark.parametrize("name", ALL)
def test_the_twin_in_mxnet_is_exact_at_every_width_it_may_use(name):
    graph, sample = ALL[name]()
    rows, values = prove(graph), fed(graph, sample)
    for node in graph.operators:
        x = [values[r] for r in node.inputs]
        values |= {Ref(node.name, i): v for i, v in enumerate(node.op.run_all(*x))}
        if isinstance(node.op, NoTwin):
            continue
        bounds, shapes = tuple(bound_of(rows, r) for r in node.inputs), tuple(v.shape for v in x)
        largest = node.op.largest(bounds, shapes, tuple(graph.params.get(r.name) for r in node.inputs))
        usable = [Width.DOUBLE, *[Width.SPLIT] * node.op.splits, *[Width.SINGLE] * (largest <= FLOAT32_EXACT)]
        for width in usable:
            assert (emulated(node.op, width, x) == values[Ref(node.name)]).all(), (node.op.name, width)


@pytest.mark.parametrize("name", ALL)
def test_the_fast_machine_equals_the_reference(name):
    graph, sample = ALL[name]()
    for ours, fast in zip(run_reference(graph, {"data": sample}), FastMachine(graph).run({"data": sample}), strict=True):
        assert (ours == fast).all()


def test_a_quantized_net_runs_alike_on_both_machines():
    model, sample = lowered()
    ours, fast = run_reference(model.graph, {"data": sample})[0], FastMachine(model.graph).run({"data": sample})[0]
    assert (ours == fast).all()
    assert (ours == naive(model.graph, sample)[0]).all()
    assert len(set(ours.flat)) > 1


def filled(case, sign):
    """The case with all values 127 (the weight's sign chosen) but one input of 126, so that sums are odd."""
    graph, sample = case
    x = np.full_like(sample, 127)
    x.flat[-1] = 126
    for array in graph.params.values():
        array.setflags(write=True)
        array[...] = sign * np.iinfo(np.int8).max if array.dtype == np.int8 else sign * array.max()
    return graph, x


SINGLE_OR_SPLIT = {1040: Width.SINGLE, 1041: Width.SPLIT, 4608: Width.SPLIT}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("count", SINGLE_OR_SPLIT)
@pytest.mark.parametrize("make_case", [lambda k: dense(1, k, 2, bias=None), lambda k: conv((1, k, 1, 2), 2, (1, 1), bias=None)], ids=["dense", "conv2d"])
def test_saturated_sums_at_the_edge_of_float32(make_case, count, sign):
    graph, x = filled(make_case(count), sign)
    (node,) = graph.operators
    assert widths(graph, fast=True)[node.name] is SINGLE_OR_SPLIT[count]
    plain = naive(graph, x)[0]
    assert abs(plain).max() in (127 * 127 * count, 127 * 127 * count - 127)
    weight = graph.params[node.inputs[1].name].astype(np.int64)
    for width in {Width.DOUBLE, Width.SPLIT, SINGLE_OR_SPLIT[count]}:
        assert (emulated(node.op, width, [x.astype(np.int64), weight]) == plain).all()
    assert (run_reference(graph, {"data": x})[0] == plain).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_saturated_windows_of_several_pieces_with_a_large_bias(sign):
    graph, x = filled(conv((1, 512, 3, 4), 2, (3, 3), bias=31), sign)
    assert 512 * 9 == 4608
    plain = naive(graph, x)[0]
    assert abs(plain).max() > 1 << 29
    assert (run_reference(graph, {"data": x})[0] == plain).all()
    assert (FastMachine(graph).run({"data": x})[0] == plain).all()


def test_float32_alone_would_miss_the_edge():
    x = np.full((1, 4608), 127, np.int64)
    x[0, -1] = 126
    op = dense(1, 4608, 1, bias=None)[0].operators[0].op
    assert emulated(op, Width.SINGLE, [x, np.full((1, 4608), 127)])[0, 0] != 127 * 127 * 4608 - 127
