import numpy as np
import pytest

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Builder, Ref
from mrt_studio.ops.base import make
from mrt_studio.passes.base import passes
from tests.nets import built, floats

FOLD = passes["fold_constants"]


def folded(write):
    graph = built(write).with_own_origin()
    return graph, FOLD().run(graph)


def test_a_graph_without_constants_is_the_same_object():
    graph = built(lambda b, param: b.op("broadcast_add", b.input("data", (1, 2)), param("p", 1, 2)))
    assert FOLD().run(graph) is graph


def test_a_chain_becomes_one_parameter_under_the_name_of_its_end():
    def write(b, param):
        ones = b.op("_ones", name="ones", shape=(1, 3))
        scaled = b.op("broadcast_mul", ones, param("p", 1, 3), name="scaled")
        end = b.op("broadcast_add", scaled, b.op("_arange", name="range", start=3.0), name="end")
        return b.op("broadcast_add", b.input("data", (2, 3)), end, name="sum")

    graph, out = folded(write)
    assert [n.name for n in out.operators] == ["sum"]
    np.testing.assert_allclose(out.params["end"], graph.params["p"] + [[0, 1, 2]], rtol=1e-6)
    assert set(out["end"].origin) == {"end", "scaled", "ones", "range"}
    assert out["end"].rule == "fold_constants"
    feeds = {"data": np.ones((2, 3), np.float32)}
    np.testing.assert_array_equal(floats(graph, feeds)[0], floats(out, feeds)[0])


def test_a_constant_inside_another_that_is_read_as_well_is_kept():
    def write(b, param):
        inner = b.op("_full", name="inner", shape=(1, 2), value=2.0)
        outer = b.op("broadcast_mul", inner, inner, name="outer")
        x = b.op("broadcast_add", b.input("data", (1, 2)), inner, name="first")
        return b.op("broadcast_add", x, outer, name="second")

    _, out = folded(write)
    assert {name: array.tolist() for name, array in out.params.items()} == {"inner": [[2, 2]], "outer": [[4, 4]]}
    assert out["outer"].origin == ("outer",)


def test_an_output_that_is_constant_becomes_a_parameter():
    _, out = folded(lambda b, _: [b.op("relu", b.input("data", (1, 2)), name="relu"), b.op("_eye", name="eye", N=2)])
    assert out.outputs == (Ref("relu"), Ref("eye"))
    assert out.params["eye"].tolist() == [[1, 0], [0, 1]]


def test_several_outputs_of_one_constant():
    def write(b, param):
        x = b.op("_arange", name="range", start=8.0)
        norm = b.op("BatchNorm", b.op("broadcast_mul", x, param("p", 2, 8), name="x"), *(param(f"p{i}", 8, value=1.0) for i in range(4)), name="norm")
        data = b.input("data", (2, 8))
        return [b.op("broadcast_add", data, norm, name="a"), b.op("broadcast_add", data, Ref(norm.name, 1), name="b")]

    graph, out = folded(write)
    feeds = {"data": np.ones((2, 8), np.float32)}
    assert [n.name for n in out.operators] == ["a", "b"]
    for before, after in zip(floats(graph, feeds), floats(out, feeds), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_node_may_have_the_name_of_the_helper():
    _, out = folded(lambda b, _: b.op("broadcast_add", b.input("spare", (1, 2)), b.op("_ones", name="ones", shape=(1, 2)), name="spare_"))
    assert out.params["ones"].tolist() == [[1, 1]]


def test_constants_that_are_too_large_together_are_refused_before_they_are_computed():
    def write(b, _):
        x = b.op("_ones", name="many", shape=(1 << 14, 1 << 13))
        for i in range(3):
            x = b.op("broadcast_add", x, x, name=f"more{i}")
        return b.op("broadcast_add", b.input("data", (1, 1)), x, name="sum")

    with pytest.raises(UnsupportedError, match="constants have more than") as refusal:
        folded(write)
    assert "more1" in refusal.value.where


def test_what_is_not_finite_is_refused():
    def write(b, param):
        bad = b.op("broadcast_div", param("p", 1, 2), param("zero", 1, 2, value=0.0), name="bad")
        return b.op("broadcast_add", b.input("data", (1, 2)), bad, name="sum")

    with pytest.raises(UnsupportedError, match="'bad' has values that are not finite"):
        folded(write)


def test_many_constants_take_linear_time():
    b = Builder(make)
    x = b.op("_ones", name="c0", shape=(1,))
    for i in range(1, 3000):
        x = b.op("broadcast_add", x, b.op("_ones", name=f"one{i}", shape=(1,)), name=f"c{i}")
    graph = b.graph([b.op("broadcast_add", b.input("data", (1, 1)), x, name="sum")]).with_own_origin()
    out = FOLD().run(graph)
    assert out.params["c2999"].tolist() == [3000]
    assert len(out["c2999"].origin) == 5999
