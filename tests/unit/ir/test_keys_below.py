"""The split keys that go round some nodes: valid for `split`, and with as much as possible below."""

import pytest

from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Builder, Graph
from mrt_studio.ir.split import keys_below, split
from mrt_studio.ops.base import make


def net() -> Graph:
    """Two outputs, a constant, a node of several outputs, and a weight."""
    b = Builder(make)
    x = b.op("relu", b.input("data", (1, 4, 2, 2)), name="stem")
    parts = b.op("SliceChannel", x, name="parts", num_outputs=2, axis=1)
    y = b.op("elemwise_add", parts, parts._replace(index=1), name="sum")
    y = b.op("broadcast_add", y, b.op("_ones", name="ones", shape=(1, 2, 1, 1)), name="shifted")
    return b.graph([b.op("abs", y, name="end"), b.op("tanh", x, name="side")])


@pytest.mark.parametrize(
    ("above", "keys"),
    [
        ((), ()),
        (("end",), ("side", "shifted")),
        (("shifted",), ("sum", "side")),  # the constant belongs to no key
        (("end", "shifted"), ("sum", "side")),
        (("sum",), ("stem", "side")),  # not parts, whose second output is read
        (("side",), ("stem", "end")),
        (("side", "end"), ("stem", "shifted")),
        (("stem",), ()),  # it reads the input
    ],
)
def test_the_keys(above, keys):
    graph = net()
    found = keys_below(graph, above)
    assert set(found) == set(keys)
    assert list(found) == [node.name for node in graph.nodes if node.name in found]
    if found:
        base, top = split(graph, found)
        assert not set(above) & {node.name for node in base.nodes}
        assert set(above) <= {node.name for node in top.nodes}


def test_a_key_whose_second_output_is_read_is_refused():
    with pytest.raises(OptionError, match="More than the first output of the split key 'parts'") as caught:
        split(net(), ("parts", "side"))
    assert caught.value.remedy
