"""Hostile texts as attributes of every operator, through the front door: the node is read, seen as unknown with a reason, or refused."""

import dataclasses
import json

import pytest

from mrt_studio.errors import ModelError
from mrt_studio.ir.symbol import read_graph, write_symbol
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import operators, parse

CLASSES = {cls.name: cls for cls in operators.values()}
TEXTS = {
    "empty": "",
    "space": " ",
    "not a number": "nan",
    "infinite": "-inf",
    "beyond float": "1e999",
    "exponent": "1e5",
    "exponent in a tuple": "(1e5, 1e5)",
    "long exponent": "1e" + "9" * 5000,
    "long number": "9" * 65_000,
    "long tuple": "(" + "1, " * 20_000 + ")",
    "long text": "x" * 65_536,
    "too long": "x" * 65_537,
    "nested": "(" * 200 + "1" + ")" * 200,
    "deeply nested": "(" * 30_000,
    "tuple of tuples": "((1, 1), (1, 1))",
    "calls": "(1)(1)",
    "sums": "1+1-1",
    "minuses": "-" * 300 + "1",
    "underscore": "1_0",
    "other digits": "٣",
    "fraction": "½",
    "wide digits": "\uff11\uff12",
    "zero byte": "1\0",
    "surrogate": "\ud800",
    "hexadecimal": "0x10",
    "octal": "010",
    "complex": "1j",
    "expression": "__import__('os')",
    "format": "%s{0}$(id)",
    "nothing": "None",
    "star": "(*(1,),)",
    "gaps": "(,)",
    "open": "(1, 2",
}
NO_VALUE = TEXTS.keys() - {"empty", "space", "exponent", "exponent in a tuple", "nested", "sums", "minuses", "octal", "nothing"}
"""Texts that no attribute of any operator may take for a value."""


def read(name, attributes):
    """The node of one operator in a symbol file that is otherwise sound."""
    count = CLASSES[name].arity[0]
    nodes = [{"op": "null", "name": f"data{i}", "inputs": []} for i in range(count)]
    nodes.append({"op": name, "name": "node", "inputs": [[i, 0, 0] for i in range(count)], "attrs": attributes})
    data = json.dumps({"nodes": nodes, "arg_nodes": list(range(count)), "heads": [[count, 0, 0]]}).encode()
    graph = read_graph(data, {}, parse, where="file")
    again = read_graph(write_symbol(graph), {}, parse, where="file")
    assert (again.nodes, again.outputs) == (graph.nodes, graph.outputs)
    return graph["node"].op


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_hostile_texts(name):
    for key in [*(f.name for f in dataclasses.fields(CLASSES[name])), "no_such_attribute"]:
        for kind, text in TEXTS.items():
            check(name, key, kind, text)


def check(name, key, kind, text):
    try:
        op = read(name, {key: text})
    except ModelError as caught:
        error = caught
    else:
        if kind in NO_VALUE or key == "no_such_attribute":
            assert isinstance(op, Unknown), (key, kind)
        if isinstance(op, Unknown):
            assert key in op.why, (key, kind)
            assert len(op.why) < 1000
        return
    assert error.what
    assert error.where
    assert len(str(error)) < 2000
