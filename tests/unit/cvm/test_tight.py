"""Tight bounds: no value leaves them, they never exceed the ledger's, and with known weights they are those by hand."""

import numpy as np
import pytest

from mrt_studio.cvm.machine import trace
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.proof import prove
from mrt_studio.cvm.tight import tight_bounds
from mrt_studio.ir.graph import Builder
from tests.unit.cvm.graphs import ALL


@pytest.mark.parametrize("name", ALL)
def test_no_value_is_beyond_its_bound(name):
    graph, data = ALL[name]()
    rows = prove(graph)
    found = tight_bounds(graph, rows)
    assert list(found) == list(rows)
    assert all(0 <= found[node] <= rows[node].bound for node in rows)
    for ref, value in trace(graph, {n.name: data for n in graph.inputs}):
        assert ref.index or abs(value).max(initial=0) <= found[ref.name]


def test_the_bound_of_a_product_is_that_of_its_weights_and_passes_on():
    b = Builder(make)
    weight, bias = np.array([[1, -2, 3], [0, 4, 0]], np.int8), np.array([5, -100], np.int32)
    refs = b.param("", weight, name="w", precision=8), b.param("", bias, name="b", precision=20)
    dense = b.op("cvm.dense", b.input("data", (1, 3), 8), *refs, name="dense", units=2, use_bias=True)
    graph = b.graph([b.op("cvm.relu", dense, name="relu")])
    found = tight_bounds(graph, prove(graph))
    assert found == {"data": 127, "w": 4, "b": 100, "dense": max(127 * 6 + 5, 127 * 4 + 100), "relu": 127 * 6 + 5}
