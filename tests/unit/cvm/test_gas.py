import pytest

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.ops.base import make
from mrt_studio.errors import OverflowError32, UnsupportedError
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make as make_float
from tests.unit.cvm.graphs import conv, dense, of, two

# (operations of one output element, output elements, elements of all tensors), by hand
HAND = {
    "conv2d": (conv((1, 3, 5, 5), 4, (3, 3)), 3 * 27 + 1, 4 * 3 * 3, 75 + 108 + 4 + 36),
    "conv2d without bias": (conv((1, 3, 5, 5), 4, (3, 3), bias=None), 3 * 27, 36, 75 + 108 + 36),
    "conv2d in groups": (conv((1, 6, 5, 5), 4, (3, 3), groups=2), 3 * 27 + 1, 36, 150 + 108 + 4 + 36),
    "dense": (dense(2, 7, 3), 3 * 7 + 1, 6, 14 + 21 + 3 + 6),
    "max_pool2d": (of("max_pool2d", (1, 2, 6, 6), pool_size=(3, 2)), 6, 2 * 4 * 5, 72 + 40),
    "sum": (of("sum", (2, 3, 4), axis=(1, 2)), 12, 2, 24 + 2),
    "broadcast_mul": (two("broadcast_mul", (2, 3), (1,), 8, 8), 1, 6, 6 + 1 + 6),
    "relu": (of("relu", (2, 3)), 1, 6, 12),
}


@pytest.mark.parametrize("name", HAND)
def test_gas_by_hand(name):
    (graph, _), per_element, size, elements = HAND[name]
    found = gas(graph)
    assert found.operations == per_element * size
    assert found.memory == 5 * elements
    assert found.total == per_element * size + 5 * elements == sum(found.nodes.values())
    (node,) = graph.operators
    assert found.nodes[node.name] == per_element * size + 5 * size


def test_too_many_operations_for_one_element():
    b = Builder(make)
    x = b.input("data", (1, 8192, 256, 1024), 1)
    graph = b.graph([b.op("cvm.sum", x, name="all")])
    with pytest.raises(OverflowError32) as caught:
        gas(graph)
    assert caught.value.what == "At 2,147,483,648, the operations for one output element exceed 1,073,741,824."
    assert caught.value.where == "cvm.sum 'all'"


def test_too_many_operations_in_all():
    b = Builder(make)
    x = b.input("data", (1, 16, 4096, 4096), 2)
    first = b.op("cvm.max_pool2d", x, pool_size=(63, 63), padding=(31, 31))
    assert gas(b.graph([first])).operations == 63 * 63 << 28 < 1 << 40
    second = b.op("cvm.max_pool2d", first, pool_size=(63, 63), padding=(31, 31))
    with pytest.raises(OverflowError32, match="the operations of the graph exceed 1,099,511,627,776"):
        gas(b.graph([second]))


def test_too_much_memory_in_all():
    b = Builder(make)
    y = b.input("data", (1 << 10, 1 << 20), 2)
    for _ in range(203):
        y = b.op("cvm.relu", y)
    assert gas(b.graph([y])).memory == 5 * 204 << 30 <= 1 << 40
    with pytest.raises(OverflowError32, match="At 1,100,585,369,600, the units of memory cost exceed 1,099,511,627,776"):
        gas(b.graph([b.op("cvm.relu", y)]))


def test_float_graphs_have_no_gas():
    b = Builder(make_float)
    graph = b.graph([b.op("relu", b.input("data", (1, 2)))])
    with pytest.raises(UnsupportedError):
        gas(graph)
