"""Labels of output layers disappear, and only they."""

import pytest

from mrt_studio.ir.graph import Builder, with_input_shapes
from mrt_studio.ops.base import make
from mrt_studio.passes.base import passes
from tests.nets import prepared


def dropped(graph):
    return passes["drop_labels"]().run(graph)


def model(layer, *, shape=None, **attributes):
    """A layer on data and a label whose shape nobody knows, beside an input that nothing reads."""
    b = Builder(make)
    data, label = b.input("data", shape), b.input("label", None)
    b.input("unread", (1,))
    return b.graph([b.op(layer, b.op("relu", data), label, name="out", **attributes)])


def inputs(graph):
    return [n.name for n in graph.inputs]


@pytest.mark.parametrize("layer", ["SoftmaxOutput", "LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput", "SVMOutput"])
def test_labels_are_gone_before_shapes_are_known_and_the_layer_after(layer):
    cut = dropped(model(layer))
    assert inputs(cut) == ["data", "unread"]
    shaped = dropped(with_input_shapes(cut, make, {"data": (2, 5), "unread": (1,)}))
    kinds = [n.op.name for n in shaped.operators]
    assert kinds == {"SoftmaxOutput": ["relu", "softmax"], "LogisticRegressionOutput": ["relu", "sigmoid"]}.get(layer, ["relu"])
    assert shaped.shape(shaped.outputs[0]) == (2, 5)


def test_a_graph_that_was_not_cut_before_shapes_were_known():
    b = Builder(make)
    graph = b.graph([b.op("SoftmaxOutput", b.input("data", (2, 5)), b.input("label", (2,)), name="out")])
    assert inputs(dropped(graph)) == ["data"]
    assert [n.op.name for n in prepared(dropped(graph)).operators] == ["softmax"]


def test_a_label_that_is_read_elsewhere_stays():
    b = Builder(make)
    data, label = b.input("data", (2, 5)), b.input("label", (2, 5))
    graph = b.graph([b.op("LinearRegressionOutput", data, label, name="out"), b.op("relu", label, name="read")])
    assert inputs(dropped(graph)) == ["data", "label"]


def test_operators_that_only_labels_pass_are_gone_too():
    b = Builder(make)
    data, label = b.input("data", None), b.input("label", None)
    cut = dropped(b.graph([b.op("SoftmaxOutput", data, b.op("Flatten", label), name="out")]))
    assert [n.name for n in cut.nodes] == ["data", "out"]


def test_a_graph_without_output_layers_is_left_alone():
    b = Builder(make)
    graph = b.graph([b.op("relu", b.input("data", None), name="out")])
    assert dropped(graph) is graph
