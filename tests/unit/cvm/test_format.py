import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from mrt_studio.cvm.format import canonical, read_artifact, write_artifact
from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.ops.base import make
from mrt_studio.errors import FormatError, ModelError, OverflowError32
from mrt_studio.ir.graph import Builder, Graph, Ref, with_input_shapes
from tests.unit.cvm.graphs import CASES, lowered, of


def tiny():
    """A parameter before the input, a foreign name, and a precision of more than eight bits."""
    b = Builder(make)
    w = b.param("", np.array([[3, -4]], np.int64), name="w", precision=4)
    big = b.param("", np.array([300], np.int32), name="big", precision=10)
    x = b.input("data", (2, 2), 8)
    y = b.op("cvm.dense", x, w, name="fc", units=1, use_bias=False)
    y = b.op("cvm.broadcast_add", y, big, name="plus")
    return b.graph([b.op("cvm.cvm_right_shift", y, name="out", precision=8, shift_bit=3)])


@pytest.mark.parametrize("name", [*CASES, "net"])
def test_what_is_written_is_read_as_a_graph_of_the_same_bits(name):
    graph, sample = (lowered()[0].graph, lowered()[1]) if name == "net" else CASES[name]()
    symbol, params = write_artifact(graph)
    found = read_artifact(symbol, params)
    expected = canonical(graph).with_own_origin()
    assert (found.nodes, found.outputs) == (expected.nodes, expected.outputs)
    assert {n: (a.dtype, a.tolist()) for n, a in found.params.items()} == {n: (a.dtype, a.tolist()) for n, a in expected.params.items()}
    assert write_artifact(found) == (symbol, params) == write_artifact(graph)
    for ours, theirs in zip(run_reference(graph, {"data": sample}), run_reference(found, {"data": sample}), strict=True):
        assert (ours == theirs).all()


def test_the_symbol_of_a_small_graph():
    top = json.loads(write_artifact(tiny())[0])
    assert list(top) == ["nodes", "arg_nodes", "node_row_ptr", "heads", "version", "attrs"]
    assert top["nodes"][:3] == [{"op": "null", "name": name, "inputs": []} for name in ("data", "w", "big")]
    attributes = {"flatten_data": "0", "func_name": "dense", "num_inputs": "2", "num_outputs": "1"}
    assert top["nodes"][3] == {"op": "cvm_op", "name": "dense_0", "attrs": attributes, "inputs": [[0, 0, 0], [1, 0, 0]]}
    assert [node["name"] for node in top["nodes"][3:]] == ["dense_0", "broadcast_add_0", "cvm_right_shift_0"]
    assert (top["arg_nodes"], top["node_row_ptr"], top["heads"], top["version"]) == ([0, 1, 2], [0, 1, 2, 3, 4, 5, 6], [[5, 0, 0]], "cvm_1.0.0")
    assert top["attrs"] == {
        "op_attrs": [
            "list_str",
            [
                '{"precision": "8"}',
                '{"precision": "4"}',
                '{"precision": "10"}',
                '{"units": "1", "use_bias": "False"}',
                "{}",
                '{"precision": "8", "shift_bit": "3", "is_sign": "True"}',
            ],
        ],
        "storage_id": ["list_int", [0, 1, 2, 3, 4, 3]],
        "shape": ["list_shape", [[2, 2], [1, 2], [1], [2, 1], [2, 1], [2, 1]]],
        "precision": ["list_int", [8, 4, 10, 14, 15, 8]],
        "dltype": ["list_str", ["int32"] * 6],
    }


def test_the_bytes_of_the_parameters():
    def array(bits, data, *shape):
        header = struct.pack("<QQiiiBBH", 0xDD5E40F096B4A13F, 0, 1, 0, len(shape), 0, bits, 1)
        return header + struct.pack(f"<{len(shape)}qq", *shape, len(data)) + data

    names = struct.pack("<QQ", 2, 1) + b"w" + struct.pack("<Q", 3) + b"big" + struct.pack("<Q", 2)
    expected = struct.pack("<QQ", 0xF7E58D4F05049CB7, 0) + names + array(8, b"\x03\xfc", 1, 2) + array(32, struct.pack("<i", 300), 1)
    assert write_artifact(tiny())[1] == expected


def test_a_graph_without_parameters():
    graph, _ = of("relu", (2, 3))
    symbol, params = write_artifact(graph)
    assert params == struct.pack("<QQQQ", 0xF7E58D4F05049CB7, 0, 0, 0)
    assert read_artifact(symbol, params).params == {}


def test_operators_are_counted_and_step_aside_for_variables():
    b = Builder(make)
    x = b.input("data", (1, 2), 8)
    w = b.param("", np.ones((1, 2), np.int8), name="elemwise_add_0", precision=2)
    y = b.op("cvm.elemwise_add", x, w, name="relu_0")
    y = b.op("cvm.relu", y, name="a")
    graph = canonical(b.graph([b.op("cvm.elemwise_add", y, w, name="b")]))
    assert [n.name for n in graph.nodes] == ["data", "elemwise_add_0", "elemwise_add_1", "relu_0", "elemwise_add_2"]
    assert graph.nodes[-1].inputs == (Ref("relu_0"), Ref("elemwise_add_0"))
    assert graph.nodes[-1].origin == ("b",)


def test_a_read_graph_takes_another_batch():
    graph, sample = CASES["residual"]()
    found = with_input_shapes(read_artifact(*write_artifact(graph)), make, {"data": (3, 4, 6, 6)})
    one = run_reference(graph, {"data": sample})[0]
    assert (run_reference(found, {"data": np.concatenate([sample] * 3)})[0] == one).all()
    assert read_artifact(*write_artifact(found)).nodes[0].shapes == ((3, 4, 6, 6),)


def test_names_survive_as_they_are():
    b = Builder(make)
    w = b.param("", np.ones((1, 2), np.int8), name='größe/"w" \\0', precision=2)
    graph = b.graph([b.op("cvm.broadcast_add", b.input("data", (1, 2), 8), w)])
    symbol, params = write_artifact(graph)
    assert b"\\u" not in symbol
    assert list(read_artifact(symbol, params).params) == ['größe/"w" \\0']


def with_param(array, name="w", precision=8):
    b = Builder(make)
    w = b.param("", array, name=name, precision=precision)
    return b.graph([b.op("cvm.broadcast_add", b.input("data", (1, 2), 8), w)])


@pytest.mark.parametrize(
    ("graph", "kind", "what"),
    [
        (lambda: with_param(np.ones((1, 2), np.int8), name="a\nb"), FormatError, "The name of a parameter holds characters that cannot be printed: 'a\\nb'."),
        (lambda: with_param(np.ones((1, 2), np.int8), precision=None), OverflowError32, "'w' declares no precision between 1 and 32 bits."),
        (lambda: with_param(np.full((1, 2), 128)), OverflowError32, "The parameter 'w' reaches 128, beyond its 8 bits."),
        (lambda: with_param(np.full((1, 2), 0.5)), OverflowError32, "The parameter 'w' holds float64, not integers."),
    ],
)
def test_graphs_that_are_not_written(graph, kind, what):
    with pytest.raises(kind) as caught:
        write_artifact(graph())
    assert caught.value.what == what
    assert caught.value.where


def test_a_graph_without_shapes_is_not_written():
    graph = tiny()
    bare = Graph(tuple(replace(n, shapes=()) for n in graph.nodes), graph.outputs, graph.params)
    with pytest.raises(ModelError, match="input shape is not known"):
        write_artifact(bare)
