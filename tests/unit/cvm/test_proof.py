"""The precision ledger: each limit is refused with node, bound and remedy."""

from dataclasses import replace

import numpy as np
import pytest

from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import OverflowError32, UnsupportedError
from mrt_studio.fixedpoint import narrowest_dtype
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make as make_float


def graph(op, shape, *params, bits=8, **attributes):
    """One operator called `node` on an input of so many bits and parameters (shape, bits)."""
    b = Builder(make)
    refs = [b.input("data", shape, bits)]
    refs += [b.param("", np.ones(s, narrowest_dtype(p)), name=f"param{i}", precision=p) for i, (s, p) in enumerate(params)]
    return b.graph([b.op(f"cvm.{op}", *refs, name="node", **attributes)])


def dense(k, *, bits=8, weight=8, bias=None):
    params = [((1, k), weight)] + ([] if bias is None else [((1,), bias)])
    return graph("dense", (1, k), *params, bits=bits, units=1, use_bias=bias is not None)


FITS = {
    "dense_65535": (dense(65535), 32),
    "dense_bias_32767": (dense(32767, bias=31), 32),
    "dense_small": (dense(4, bits=3, weight=2), 8),
    "conv": (graph("conv2d", (1, 2, 3, 3), ((4, 2, 3, 3), 8), channels=4, kernel_size=(3, 3), use_bias=False), 8 + 8 + 5),
    "conv_grouped": (graph("conv2d", (1, 4, 1, 1), ((4, 1, 1, 1), 8), channels=4, kernel_size=(1, 1), groups=4, use_bias=False), 8 + 8 + 1),
    "sum": (graph("sum", (1, 9), bits=28), 32),
    "add": (graph("broadcast_add", (1, 2), ((1, 2), 9), bits=31), 32),
    "mul": (graph("broadcast_mul", (1, 2), ((1,), 15), bits=17), 32),
    "clip_127": (graph("clip", (1, 2), a_min=-127, a_max=127), 9),
    "clip_wide": (graph("clip", (1, 2), a_min=0, a_max=2**31 - 2), 32),
    "clip_126": (graph("clip", (1, 2), a_min=-3, a_max=126), 8),
    "shift": (graph("cvm_right_shift", (1, 2), bits=32, precision=16, shift_bit=30), 16),
}


@pytest.mark.parametrize("name", FITS)
def test_the_rules_of_the_machine(name):
    model, bits = FITS[name]
    row = prove(model)["node"]
    assert (row.bits, row.head_room, row.bound) == (bits, 32 - bits, 2 ** (bits - 1) - 1)
    assert row.inputs == tuple(model[r.name].op.precision for r in model["node"].inputs)


REFUSED = {
    "clip_widest": (graph("clip", (1, 2), a_min=0, a_max=2**31 - 1), "The result has 33 bits; the limit is 32.", "2**31 - 2"),
    "dense_65536": (dense(65536), "The result has 33 bits; the limit is 32.", "split the layer"),
    "dense_bias_32768": (dense(32768, bias=4), "The result has 33 bits; the limit is 32.", "for a wide bias, raise the input's threshold"),
    "dense_bias_32_bits": (dense(4, bias=32), "The result has 33 bits; the limit is 32.", "for a wide bias, raise the input's threshold"),
    "dense_nine_bits": (dense(4, bits=9), "The input of the product has 9 bits; the limit is 8.", "eight bits"),
    "dense_weight": (dense(4, weight=9), "The weight has 9 bits; the limit is 8.", "eight bits"),
    "sum": (graph("sum", (1, 16), bits=28), "The result has 33 bits; the limit is 32.", "Lower the precision of the input"),
    "add": (graph("elemwise_add", (1, 2), ((1, 2), 2), bits=32), "The result has 33 bits; the limit is 32.", "Lower the precision of the inputs"),
    "mul": (graph("broadcast_mul", (1, 2), ((1,), 16), bits=17), "The result has 33 bits; the limit is 32.", "Lower the precision of one factor"),
    "shift_31": (graph("cvm_right_shift", (1, 2), bits=32, precision=16, shift_bit=31), "The shift has 31 bits; the limit is 30.", "two steps"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_exceed_a_limit_is_refused(name):
    model, what, remedy = REFUSED[name]
    with pytest.raises(OverflowError32) as caught:
        prove(model)
    assert caught.value.what == what
    assert caught.value.where == f"{model['node'].op.name} 'node'"
    assert remedy in caught.value.remedy


def changed(array=None, precision=8):
    model = dense(4)
    nodes = tuple(replace(n, op=replace(n.op, precision=precision)) if n.name == "param0" else n for n in model.nodes)
    return replace(model, nodes=nodes, params=model.params if array is None else {"param0": array})


@pytest.mark.parametrize(
    ("model", "what"),
    [
        (changed(np.array([[1, 2, 3, 128]])), "The parameter 'param0' reaches 128, beyond its 8 bits."),
        (changed(np.array([[1, 2, 3, -128]], np.int8)), "The parameter 'param0' reaches 128, beyond its 8 bits."),
        (changed(np.array([[1, 2, 3, -(2**31)]], np.int32), precision=32), f"The parameter 'param0' reaches {2**31}, beyond its 32 bits."),
        (changed(np.ones((1, 4), np.float32)), "The parameter 'param0' holds float32, not integers."),
        (changed(precision=None), "'param0' declares no precision between 1 and 32 bits."),
        (changed(precision=0), "'param0' declares no precision between 1 and 32 bits."),
        (changed(precision=33), "'param0' declares no precision between 1 and 32 bits."),
        (changed(precision=1), "The parameter 'param0' reaches 1, beyond its 1 bits."),
    ],
)
def test_a_parameter_must_be_what_it_declares(model, what):
    with pytest.raises(OverflowError32) as caught:
        prove(model)
    assert caught.value.what == what
    assert "param0" in caught.value.where


def test_float_operators_are_refused_unless_only_the_integer_part_is_asked_for():
    b = Builder(lambda name, **a: (make if name.startswith("cvm.") else make_float)(name, **a))
    y = b.op("relu", b.op("cvm.relu", b.input("data", (1, 2), 8), name="low"), name="high")
    mixed = b.graph([b.op("relu", y, name="top")])
    with pytest.raises(UnsupportedError, match="relu is a float operator") as caught:
        prove(mixed)
    assert caught.value.where == "relu 'high'"
    assert list(prove(mixed, partly=True)) == ["data", "low"]
