"""What MXNet itself writes into a symbol file for each operator's samples is read as the same operator."""

import json

import pytest

from mrt_studio.engine import mxnet, mxnet_operator
from mrt_studio.ir.symbol import read_graph
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import make, operators, parse

CASES = [
    pytest.param(cls, sample, id=f"{name}-{index}") for name, cls in sorted(operators.items()) if name == cls.name for index, sample in enumerate(cls.samples)
]


@pytest.mark.parametrize(("cls", "sample"), CASES)
def test_the_file_that_mxnet_writes(cls, sample):
    mx = mxnet()
    inputs = [mx.sym.Variable(f"x{i}") for i in range(len(sample.data) + len(sample.params))]
    with mx.name.NameManager():
        symbol = mxnet_operator(mx.sym, cls.name)(*inputs, name="node", **sample.attributes)[0]
    graph = read_graph(symbol.tojson().encode(), {}, parse, where="file", inputs=[f"x{i}" for i in range(len(inputs))])
    (node,) = graph.operators
    assert not isinstance(node.op, Unknown), json.loads(symbol.tojson())["nodes"][-1]
    assert node.op == make(cls.name, **sample.attributes)
