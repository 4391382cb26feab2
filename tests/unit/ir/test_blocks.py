"""Blocks: never a circle, never a mile of children, named as people do, and quick."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mrt_studio.ir.block_flow import Flow
from mrt_studio.ir.blocks import Block, Blocks, carry_blocks, find_blocks
from mrt_studio.ir.graph import Graph
from tests.models.detector import detector
from tests.nets import built, prepared
from tests.unit.ir.toy_nets import Net, resnet, ssd, yolo

MOST = 25


def chain_of(blocks: Blocks, node: str) -> list[str]:
    """The blocks around a node, the innermost first."""
    parents = {b.id: b.parent for b in blocks.blocks}
    found, block = [], blocks.of[node]
    while block:
        found.append(block)
        block = parents[block]
    return found


def check(graph: Graph, blocks: Blocks) -> None:
    """Every node has a block that exists, every block is whole, and the quotient of every level has no circle."""
    ids = [b.id for b in blocks.blocks]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & {n.name for n in graph.nodes}
    seen = {""}
    for block in blocks.blocks:
        assert block.parent in seen  # parents come first
        seen.add(block.id)
    assert set(blocks.of) == {n.name for n in graph.nodes}
    assert set(blocks.of.values()) <= seen
    check_quotients(graph, blocks)


def check_quotients(graph: Graph, blocks: Blocks) -> None:
    chains = {n.name: [*(f"block {b}" for b in reversed(chain_of(blocks, n.name))), n.name] for n in graph.nodes if n.name not in graph.params}
    edges: dict[str, set[tuple[str, str]]] = {}
    for node in graph.nodes:
        for ref in node.inputs:
            if ref.name not in chains:
                continue
            a, b = chains[ref.name], chains[node.name]
            level = next(i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
            edges.setdefault(a[level - 1] if level else "", set()).add((a[level], b[level]))
    for pairs in edges.values():
        assert not has_circle(pairs)


def has_circle(pairs: set[tuple[str, str]]) -> bool:
    readers: dict[str, list[str]] = {}
    waiting = Counter(b for _, b in pairs)
    for a, b in pairs:
        readers.setdefault(a, []).append(b)
    ready = [a for a in readers if not waiting[a]]
    done = 0
    while ready:
        node = ready.pop()
        done += 1
        for reader in readers.get(node, ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return done < len({x for pair in pairs for x in pair})


def children(blocks: Blocks, parent: str = "") -> list[Block]:
    return [b for b in blocks.blocks if b.parent == parent]


def labels(blocks: Blocks, parent: str = "") -> list[str]:
    return [b.label for b in children(blocks, parent)]


def sizes(blocks: Blocks) -> Counter[str]:
    """How many children each block has."""
    return Counter(b.parent for b in blocks.blocks) + Counter(blocks.of[name] for name in blocks.place)


def test_the_check_finds_a_circle():
    assert has_circle({("a", "b"), ("b", "c"), ("c", "b")})
    assert not has_circle({("a", "b"), ("b", "c"), ("a", "c")})
    graph = resnet((1,))
    names = [n.name for n in graph.operators]
    wrong = Blocks((Block("x/", "", "x"),), {n.name: "x/" if n.name in (names[0], names[5]) else "" for n in graph.nodes}, {})
    with pytest.raises(AssertionError):
        check_quotients(graph, wrong)


@st.composite
def dags(draw, most=120):
    """A random graph: every node reads up to three of those before it, near or far; names share prefixes at random."""
    count = draw(st.integers(1, most))
    seed = draw(st.integers(0, 2**32 - 1))
    reach = draw(st.sampled_from([2, 6, 30, 1000]))
    words = draw(st.sampled_from([1, 3, 40]))
    random = np.random.default_rng(seed)
    net = Net()
    made = [net.data]
    categories = ("conv", "norm", "activation", "pool", "elementwise", "shape", "other", "dense")
    for _ in range(count):
        sources = {made[max(0, len(made) - 1 - int(random.integers(reach)))] for _ in range(int(random.integers(1, 4)))}
        made.append(net.op(categories[int(random.integers(8))], *sorted(sources), prefix=f"net_p{random.integers(words)}", stride=int(random.integers(1, 3))))
    return net.graph(*made[-int(random.integers(1, 4)) :])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graph=dags())
def test_no_level_of_a_random_graph_has_a_circle(graph):
    found = find_blocks(graph)
    check(graph, found)
    assert max(sizes(found).values(), default=0) <= MOST
    assert not found.blocks or all(count > 1 for count in Counter(b for n in found.place for b in chain_of(found, n)).values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graph=dags(), seed=st.integers(0, 1000))
def test_carried_blocks_have_no_circle_whatever_the_origins_are(graph, seed):
    random = np.random.default_rng(seed)
    names = [n.name for n in graph.nodes]
    wild = tuple(replace(n, origin=tuple(random.choice(names, int(random.integers(0, 3))))) for n in graph.nodes)
    found = carry_blocks(replace(graph, nodes=wild), find_blocks(graph))
    check(graph, found)


@pytest.mark.parametrize("net", [resnet, ssd, yolo])
@pytest.mark.parametrize("named", [True, False])
def test_detectors_and_residual_nets_have_a_readable_overview(net, named):
    graph = net(named=named)
    found = find_blocks(graph)
    check(graph, found)
    assert 5 <= sizes(found)[""] <= MOST
    assert max(sizes(found).values()) <= MOST


def test_a_residual_net_has_stages_and_units():
    found = find_blocks(resnet())
    assert labels(found) == ["stem", "stage 1", "stage 2", "stage 3", "stage 4", "classifier"]
    assert labels(found, "stage 3/") == [f"unit {i}" for i in range(1, 7)]
    stage = next(b for b in found.blocks if b.id == "stage 3/")
    assert stage.detail == "6 units, 44 nodes"


def test_units_are_found_without_names():
    found = find_blocks(resnet(named=False))
    assert labels(found) == ["stem", *(f"unit {i}" for i in range(1, 17)), "classifier"]


def test_identical_blocks_are_twins_and_others_are_not():
    units = children(find_blocks(resnet()), "stage 2/")
    assert len({u.twin for u in units[1:]}) == 1
    assert units[1].twin != ""
    assert units[0].twin != units[1].twin
    assert children(find_blocks(resnet()))[0].twin == ""  # there is one stem


@pytest.mark.parametrize("named", [True, False])
def test_the_heads_of_a_detector_are_one_block_with_a_branch_for_each_tap(named):
    found = find_blocks(ssd(named=named))
    head = children(found)[-1]
    assert head.label == ("SSD head" if named else "head")
    branches = children(found, head.id)
    assert [b.label for b in branches] == [f"branch {i}" for i in range(1, 7)]
    assert {b.detail for b in branches} == {"6 nodes"}
    assert len({b.twin for b in branches}) == 1


def test_long_levels_are_cut():
    found = find_blocks(resnet((200,)))
    assert max(sizes(found).values()) <= MOST
    ranges = [label for label in labels(found) if label.startswith("units")]
    assert ranges[0].startswith("units 1\u2013")
    assert ranges[-1].endswith("\u2013200")
    units = [b.label for b in found.blocks if b.label.startswith("unit ")]
    assert units == [f"unit {i}" for i in range(1, 201)]


def test_small_graphs_stay_flat():
    net = Net()
    graph = net.graph(net.op("dense", net.conv(net.conv(net.data))))
    found = find_blocks(graph)
    assert found.blocks == ()
    assert set(found.of.values()) == {""}


def test_a_graph_without_operators_has_no_blocks():
    net = Net()
    graph = net.graph(net.data)
    assert find_blocks(graph).blocks == carry_blocks(graph, find_blocks(graph)).blocks == ()


ZOO = {
    "alexnet": ["stage 1", "stage 2", "stage 3", "classifier"],
    "densenet121": ["stem", "dense block 1", "transition 1", "dense block 2", "transition 2", "dense block 3", "transition 3", "dense block 4", "classifier"],
    "inception_v3": ["stem", *(f"inception {n}" for n in ("A1", "A2", "A3", "B", "C1", "C2", "C3", "C4", "D", "E1", "E2")), "classifier"],
    "mobilenet1_0": ["stem", *(f"separable {i}" for i in range(1, 14)), "classifier"],
    "mobilenet_v2_1_0": ["stem", *(f"inverted residual {i}" for i in range(17)), "head"],
    "resnet18_v2": ["stem", "stage 1", "stage 2", "stage 3", "stage 4", "classifier"],
    "squeezenet1_0": ["stem", *(f"fire {i}" for i in range(1, 9)), "head"],
    "vgg11": ["stage 1", "stage 2", "stage 3", "stage 4", "stage 5", "classifier"],
}


@pytest.mark.parametrize("name", ZOO)
def test_known_nets_are_named_as_people_name_them(name, model_files):
    from mrt_studio.ir.params import load_params
    from mrt_studio.ir.symbol import read_graph
    from mrt_studio.ops.base import parse

    files = model_files(name)
    graph = read_graph(files.symbol.read_bytes(), load_params(files.params), parse, where=name)
    found = find_blocks(graph)
    check(graph, found)
    assert labels(found) == ZOO[name]
    assert max(sizes(found).values()) <= MOST


def test_parameters_are_in_the_block_of_their_reader():
    net = Net()
    x = net.data
    for stage in range(4):
        for _ in range(3):
            weight = net.builder.param("", np.zeros((2, 2)), name=f"w{net.count}")
            x = net.conv(net.op("conv", x, weight, prefix=f"net_stage{stage}"), f"net_stage{stage}")
    graph = net.graph(x)
    found = find_blocks(graph)
    for name in graph.params:
        assert found.of[name] == found.of[graph.consumers[name][0].name] != ""


def test_a_prepared_net_keeps_the_blocks_of_the_original():
    def write(b, param):
        x = b.input("data", (1, 3, 8, 8))
        for stage in range(3):
            for unit in range(4):
                name = f"net_stage{stage}_{unit}"
                x = b.op("Convolution", x, param(f"{name}_w", 3, 3, 1, 1), name=f"{name}_conv", kernel=(1, 1), num_filter=3, no_bias=True)
                norm = [param(f"{name}_{p}", 3, value=1) for p in ("gamma", "beta", "mean", "var")]
                x = b.op("Activation", b.op("BatchNorm", x, *norm, name=f"{name}_bn"), name=f"{name}_act", act_type="relu")
        return x

    graph = built(write)
    before = find_blocks(graph)
    after_graph = prepared(graph)
    after = carry_blocks(after_graph, before)
    check(after_graph, after)
    assert labels(before) == labels(after) == ["stage 0", "stage 1", "stage 2"]
    for node in after_graph.operators:
        assert after.of[node.name] == before.of[node.origin[0]]
    assert {b.detail for b in before.blocks} == {"12 nodes"}
    assert {b.detail for b in after.blocks} == {"8 nodes"}


def test_a_node_whose_input_moved_later_moves_with_it():
    net = Net()
    x = net.data
    for stage in range(3):
        x = net.stage(x, stage, 3)
    graph = net.graph(x)
    before = find_blocks(graph)
    late = graph.operators[-1].name
    first = graph.operators[0]
    moved = replace(graph, nodes=tuple(replace(n, origin=(late,)) if n.name == first.name else replace(n, origin=(n.name,)) for n in graph.nodes))
    after = carry_blocks(moved, before)
    check(moved, after)
    assert after.of[first.name] == before.of[late]


@pytest.mark.parametrize("units", [(700, 700), (1400,)])
def test_the_work_grows_with_the_nodes(units, monkeypatch):
    """No clock: the looks at what a node reads are counted."""
    looks = 0
    of = Flow.of

    class Counted(tuple):
        def __getitem__(self, at):
            nonlocal looks
            looks += 1
            return super().__getitem__(at)

    def counted(graph):
        flow = of(graph)
        return replace(flow, reads=Counted(flow.reads))

    monkeypatch.setattr(Flow, "of", counted)
    graph = resnet(units)
    found = find_blocks(graph)
    assert max(sizes(found).values()) <= MOST
    assert looks < 30 * len(graph.operators)


def test_a_detectors_head_is_no_module_of_a_trunk():
    labels = {block.label for block in find_blocks(detector()).blocks}
    assert "head" in labels
    assert not labels & {"fire", "inception"}
