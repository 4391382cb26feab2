"""Every operator of the machine: its precision rule holds on inputs at the ends of their range, and so does `largest`."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import trace
from mrt_studio.cvm.ops.base import cvm_operators
from mrt_studio.cvm.ops.shared.no_twin import NoTwin
from mrt_studio.cvm.proof import bound_of, prove
from tests.unit.cvm.graphs import ALL


def corners(graph, sample):
    """The case's sample, and inputs that are all at one end, or at the ends in turn."""
    high = prove(graph)["data"].bound
    turns = np.where(np.arange(sample.size).reshape(sample.shape) % 2, high, -high)
    return [sample.astype(np.int64), np.full(sample.shape, high), np.full(sample.shape, -high), turns]


@pytest.mark.parametrize("name", ALL)
def test_no_value_leaves_the_proven_bits(name):
    graph, sample = ALL[name]()
    rows = prove(graph)
    for data in corners(graph, sample):
        for ref, value in trace(graph, {"data": data}):
            assert value.shape == graph.shape(ref)
            assert abs(value).max() <= bound_of(rows, ref)
            assert abs(value).max() < 1 << 31


@pytest.mark.parametrize("name", ALL)
def test_no_value_exceeds_the_bound_on_the_twins_values(name):
    graph, sample = ALL[name]()
    rows = prove(graph)
    for data in corners(graph, sample):
        for ref, value in trace(graph, {"data": data}):
            node = graph[ref.name]
            if isinstance(node.op, NoTwin):
                continue
            bounds, shapes = tuple(bound_of(rows, r) for r in node.inputs), tuple(graph.shape(r) for r in node.inputs)
            assert abs(value).max() <= node.op.largest(bounds, shapes, tuple(graph.params.get(r.name) for r in node.inputs))


TIGHT = ("conv2d", "dense", "sum", "broadcast_add", "broadcast_mul", "broadcast_sub", "elemwise_add", "elemwise_sub")


@pytest.mark.parametrize("name", TIGHT)
def test_one_bit_less_would_not_always_do(name):
    """The rule is no looser than a bit or two (the runtime's own rule rounds counts up, and adds one for a bias)."""
    graph, sample = ALL[name]()
    for array in graph.params.values():
        array.setflags(write=True)
        array[...] = np.where(array.dtype == np.int8, 127, abs(array).max())
    rows = prove(graph)
    (node,) = graph.operators
    data = np.full(sample.shape, rows["data"].bound)
    largest = max(int(abs(value).max()) for _, value in trace(graph, {"data": data}))
    assert largest > rows[node.name].bound >> 3


def test_each_operator_is_exercised():
    assert {node.op.name for case in ALL.values() for node in case()[0].operators} == set(cvm_operators)
