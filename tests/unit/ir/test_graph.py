"""Builder and fold: names, lineage, shapes, pruning."""

import numpy as np
import pytest

from mrt_studio.errors import ModelError, OptionError, ShapeError
from mrt_studio.ir.graph import Builder, Ref, fold, with_input_shapes
from mrt_studio.ops.base import make
from tests.nets import built


def chain(shape=(1, 4)):
    """data -> one -> two, and a parameter added at the end."""
    b = Builder(make)
    x = b.input("data", shape)
    y = b.op("relu", b.op("relu", x, name="one"), name="two")
    return b.graph([b.op("broadcast_add", y, b.param("", np.ones((1, 4), np.float32), name="w"), name="end")])


def test_fresh_names_avoid_what_is_there_and_what_is_reserved():
    b = Builder(make, reserved=("relu", "x_relu_1"))
    x = b.input("x", (1, 2))
    assert [b.op("relu", x).name for _ in range(2)] == ["relu_1", "relu_2"]
    with b.scope("x", ("x",)):
        assert [b.op("relu", x, hint=h).name for h in ("", "", "mul")] == ["x_relu", "x_relu_2", "x_mul"]
    assert b.op("relu", x, name="relu").name == "relu"


def test_a_name_is_taken_once():
    b = Builder(make)
    x = b.input("x", (1, 2))
    with pytest.raises(ModelError, match="Two nodes of the graph are called 'x'"):
        b.op("relu", x, name="x")
    with pytest.raises(ModelError, match="'x'"):
        b.param("", np.zeros(1), name="x")


def test_lineage_is_that_of_the_scope_and_scopes_nest():
    b = Builder(make)
    x = b.input("x", (1, 2))
    with b.scope("a", ("a", "b", "a"), "first"):
        one = b.op("relu", x)
        with b.scope("c", ("c",), "second"):
            two = b.op("relu", one)
        three = b.param("w", np.zeros(2))
    four = b.op("relu", two)
    rows = [(b.node(r).origin, b.node(r).rule) for r in (x, one, two, three, four)]
    assert rows == [(("x",), ""), (("a", "b"), "first"), (("c",), "second"), (("a", "b"), "first"), (("relu",), "")]


def test_a_scope_ends_when_its_block_fails():
    b = Builder(make)
    with pytest.raises(ValueError, match="stop"), b.scope("a", ("a",), "rule"):
        raise ValueError("stop")
    assert b.node(b.input("x", (1,))).rule == ""


def test_parameters_are_frozen():
    graph = chain()
    with pytest.raises(ValueError, match="read-only"):
        graph.params["w"][...] = 0


def test_take_over_keeps_the_name_and_refuses_a_read_parameter():
    b = Builder(make)
    x, w = b.input("data", (1, 4)), b.param("", np.zeros((1, 4), np.float32), name="w")
    assert b.take_over(w, np.ones((1, 4), np.float32)) == w
    y = b.op("broadcast_add", x, w)
    assert b.graph([y]).params["w"].all()
    with pytest.raises(ModelError, match="'w' is shared"):
        b.take_over(w, np.zeros(1))


def test_a_shape_error_names_the_node():
    b = Builder(make)
    x, y = b.input("x", (1, 2)), b.input("y", (1, 3))
    with pytest.raises(ShapeError) as caught:
        b.op("elemwise_add", x, y, name="add")
    assert caught.value.where == "elemwise_add 'add'"


def test_an_unknown_operator_is_refused():
    b = Builder(make)
    with pytest.raises(OptionError, match="no operator called 'reluu'"):
        b.op("reluu", b.input("x", (1,)))


def test_pruning_drops_what_no_output_needs_but_keeps_inputs():
    b = Builder(make)
    x, spare = b.input("x", (1, 2)), b.input("spare", (3,))
    y = b.op("relu", x, name="y")
    b.op("relu", spare, name="unused")
    b.param("", np.zeros(2), name="w")
    graph = b.graph([y])
    assert [n.name for n in graph.nodes] == ["x", "spare", "y"]
    assert graph.params == {}
    assert [n.name for n in graph.inputs] == ["x", "spare"]
    assert "unused" not in graph


def test_consumers_name_each_reader_once_in_order():
    b = Builder(make)
    x = b.input("x", (1, 2))
    y = b.op("elemwise_add", x, x, name="y")
    z = b.op("elemwise_add", x, y, name="z")
    graph = b.graph([z])
    assert [[n.name for n in graph.consumers[k]] for k in ("x", "y", "z")] == [["y", "z"], ["z"], []]


def test_unknown_shapes_spread_and_are_refused_when_asked_for():
    graph = chain(None)
    assert [n.shapes for n in graph.operators] == [(), (), ()]
    with pytest.raises(ShapeError, match="not known yet"):
        graph.shape(Ref("end"))
    shaped = with_input_shapes(graph, make, {"data": (5, 4)})
    assert shaped.shape(Ref("end")) == (5, 4)
    assert [n.name for n in shaped.nodes] == [n.name for n in graph.nodes]
    assert with_input_shapes(shaped, make, {"data": (2, 4)}).shape(Ref("two")) == (2, 4)
    with pytest.raises(ShapeError, match="No shape is given for the input 'data'"):
        with_input_shapes(graph, make, {})
    with pytest.raises(ShapeError, match="do not broadcast"):
        with_input_shapes(graph, make, {"data": (5, 3)})


def test_fold_keeps_what_the_rule_leaves_and_records_what_it_makes():
    graph = chain().with_own_origin()

    def rule(b, node, x):
        return b.op("relu", b.op("relu", x[0], hint="twice"), name="two") if node.name == "two" else None

    out = fold(graph, make, rule, rule_name="double")
    assert [(n.name, n.origin, n.rule) for n in out.nodes] == [
        ("data", ("data",), ""),
        ("one", ("one",), ""),
        ("two_twice", ("two",), "double"),
        ("two", ("two",), "double"),
        ("w", ("w",), ""),
        ("end", ("end",), ""),
    ]
    again = fold(out, make, lambda b, node, x: None, rule_name="nothing")
    assert [(n.name, n.origin, n.rule) for n in again.nodes] == [(n.name, n.origin, n.rule) for n in out.nodes]
    assert again.params["w"] is out.params["w"]


def test_fold_can_drop_a_node_and_remap_the_output():
    graph = chain()
    out = fold(graph, make, lambda b, node, x: x[0] if node.name in ("two", "end") else None)
    assert [n.name for n in out.nodes] == ["data", "one"]
    assert out.outputs == (Ref("one"),)


def test_a_helper_never_takes_the_name_of_a_later_node():
    b = Builder(make)
    y = b.op("relu", b.input("data", (1, 2)), name="a")
    graph = b.graph([b.op("relu", y, name="a_relu")])
    out = fold(graph, make, lambda b, node, x: b.op("relu", x[0]) if node.name == "a" else None)
    assert [n.name for n in out.nodes] == ["data", "a_relu_1", "a_relu"]


def test_all_outputs_of_a_kept_node_stay_reachable():
    def write(b, param):
        b.op("BatchNorm", b.input("data", (1, 2)), *(param(k, 2, value=1) for k in ("g", "b", "m", "v")), name="bn")
        return [Ref("bn", 2), Ref("bn")]

    out = fold(built(write), make, lambda b, node, x: None)
    assert out.outputs == (Ref("bn", 2), Ref("bn"))
    assert out["bn"].shapes == ((1, 2), (2,), (2,))
