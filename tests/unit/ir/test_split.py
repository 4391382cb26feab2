"""Cut a graph and join it again."""

import numpy as np
import pytest

from mrt_studio.errors import ModelError, OptionError
from mrt_studio.ir.graph import Builder, Ref
from mrt_studio.ir.split import merge, part, split
from mrt_studio.ops.base import make
from tests.nets import built, floats, rng_of


def net():
    """Two branches that meet: left, right -> add -> top."""

    def write(b, param):
        x = b.input("data", (2, 4))
        left = b.op("FullyConnected", x, param("wl", 3, 4), param("bl", 3), name="left", num_hidden=3)
        right = b.op("relu", b.op("FullyConnected", x, param("wr", 3, 4), name="right", num_hidden=3, no_bias=True), name="act")
        y = b.op("elemwise_add", left, right, name="add")
        return [b.op("broadcast_mul", y, param("gain", 1, 3), name="top"), b.op("relu", left, name="side")]

    return built(write)


@pytest.mark.parametrize("keys", [("left", "act"), ("act", "left"), ("add", "left"), ("top", "side"), ("left", "right", "left")])
def test_a_split_graph_computes_the_same_in_two_parts(keys):
    graph = net()
    feeds = {"data": rng_of(1).standard_normal((2, 4)).astype(np.float32)}
    base, top = split(graph, keys)
    assert [r.name for r in base.outputs] == list(dict.fromkeys(keys))
    assert {n.name for n in top.inputs} == set(keys)
    middle = dict(zip((r.name for r in base.outputs), floats(base, feeds), strict=True))
    if top.operators:
        found = floats(top, middle)
        assert all(np.array_equal(a, b) for a, b in zip(found, floats(graph, feeds), strict=True))
    whole = merge(base, top, {r.name: r for r in base.outputs})
    assert all(np.array_equal(a, b) for a, b in zip(floats(whole, feeds), floats(graph, feeds), strict=True))
    assert set(whole.params) == set(graph.params)


def test_parameters_go_where_they_are_read():
    base, top = split(net(), ("left", "act"))
    assert (set(base.params), set(top.params)) == ({"wl", "bl", "wr"}, {"gain"})


BAD = {
    ("nothing",): "is no operator",
    ("data",): "is no operator",
    ("gain",): "is no operator",
    ("add", "top"): "is not read above",
    ("add",): "still reaches the top",
    ("left",): "still reaches the top",
    ("left", "act", "right"): "is not read above",
    (): "still reaches the top",
}


@pytest.mark.parametrize("keys", BAD)
def test_bad_keys_are_refused(keys):
    with pytest.raises(OptionError, match=BAD[keys]) as caught:
        split(net(), keys)
    assert caught.value.remedy


def test_merge_reads_a_renamed_output_and_renames_parameters_that_clash():
    def lower_part(b, param):
        x = b.op("broadcast_mul", b.input("data", (1, 2)), param("w", 1, 2, value=3), name="low")
        return b.op("broadcast_add", x, param("w_top", 1, 2, value=10), name="low_clip")

    def upper_part(b, param):
        x = b.op("broadcast_mul", b.input("low", (1, 2)), param("w", 1, 2, value=5), name="high")
        return b.op("broadcast_add", x, param("w_top", 1, 2, value=100), name="end")

    base, top = built(lower_part), built(upper_part)
    whole = merge(base, top, {"low": Ref("low_clip")})
    assert len({n.name for n in whole.nodes}) == len(whole.nodes)
    assert floats(whole, {"data": np.ones((1, 2), np.float32)})[0].tolist() == [[165, 165]]


def test_merge_refuses_a_missing_input_and_a_clash():
    base, top = split(net(), ("left", "act"))
    with pytest.raises(ModelError, match="input 'act' is no output of the base"):
        merge(base, top, {"left": Ref("left")})
    with pytest.raises(ModelError, match="input 'act' is no output of the base"):
        merge(base, top, {"left": Ref("left"), "act": Ref("gone")})
    b = Builder(make)
    other = b.graph([b.op("relu", b.input("left", (2, 3)), name="right")])
    with pytest.raises(ModelError, match="Both parts have a node called 'right'"):
        merge(base, other, {"left": Ref("left")})


def test_a_part_has_what_its_outputs_need_and_no_more():
    graph = net()
    feeds = {"data": rng_of(1).standard_normal((2, 4)).astype(np.float32)}
    found = part(graph, [Ref("right"), Ref("side")])
    assert [n.name for n in found.operators] == ["left", "right", "side"]
    assert set(found.params) == {"wl", "bl", "wr"}
    assert np.array_equal(floats(found, feeds)[1], floats(graph, feeds)[1])
