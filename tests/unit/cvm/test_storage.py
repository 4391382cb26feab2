import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.storage import check_storage, plan_storage, storage_bytes
from mrt_studio.errors import ModelError, OverflowError32
from mrt_studio.ir.graph import Builder, Ref
from tests.unit.cvm.graphs import CASES, lowered, of

RUNTIME_ALLOWS = {"flatten", "relu", "elemwise_add", "clip", "cvm_clip", "cvm_right_shift"}


@st.composite
def graphs(draw):
    """Random graphs of operators that may and may not work in place, with several outputs."""
    b = Builder(make)
    refs = [b.input("data", (1, draw(st.integers(1, 4))), 8)]
    refs += [b.param("", np.ones((1, draw(st.integers(1, 4))), np.int8), name=f"p{i}", precision=2) for i in range(draw(st.integers(0, 2)))]
    for i in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(["relu", "cvm_clip", "elemwise_add", "broadcast_mul", "concatenate", "max"]))
        x, y = draw(st.sampled_from(refs[-4:])), draw(st.sampled_from(refs))
        if kind in ("elemwise_add", "broadcast_mul") and b.shape(x) == b.shape(y):
            refs.append(b.op(f"cvm.{kind}", x, y, name=f"n{i}"))
        elif kind == "concatenate":
            refs.append(b.op("cvm.concatenate", x, y, name=f"n{i}"))
        elif kind == "cvm_clip":
            refs.append(b.op("cvm.cvm_clip", x, name=f"n{i}", precision=8))
        else:
            refs.append(b.op("cvm.relu", x, name=f"n{i}"))
    heads = draw(st.lists(st.sampled_from(refs), min_size=1, max_size=3))
    return b.graph([*heads, refs[-1]])


@dataclass
class Memory:
    """Buffers by storage id, each with the reference whose value it holds."""

    holds: dict

    def read(self, number, ref):
        assert self.holds[number] == ref, f"{ref} was overwritten by {self.holds[number]}"


def simulate(graph, plan):
    """Run the plan symbolically, as the runtime does: parameters once, then the nodes in order."""
    number = dict(zip((Ref(n.name) for n in graph.nodes), plan, strict=True))
    memory = Memory({number[Ref(n.name)]: Ref(n.name) for n in graph.nodes if n.is_variable})
    fixed = dict(memory.holds)
    assert len(fixed) == sum(n.is_variable for n in graph.nodes)
    for node in graph.operators:
        for ref in node.inputs:
            memory.read(number[ref], ref)
        out = number[Ref(node.name)]
        assert out not in fixed
        assert out not in [number[r] for r in node.inputs] or node.op.func in RUNTIME_ALLOWS
        memory.holds[out] = Ref(node.name)
    for ref in graph.outputs:
        memory.read(number[ref], ref)


def bytes_of(graph, plan):
    largest = {}
    for node, number in zip(graph.nodes, plan, strict=True):
        largest[number] = max(largest.get(number, 0), 4 * math.prod(node.shapes[0]))
    return sum(largest.values())


@settings(deadline=None, max_examples=150)
@given(graphs())
def test_no_value_is_overwritten_while_it_is_needed(graph):
    plan = plan_storage(graph)
    simulate(graph, plan)
    check_storage(graph, plan)
    assert plan == plan_storage(graph)
    assert set(plan) == set(range(len(set(plan))))
    assert storage_bytes(graph, plan) == bytes_of(graph, plan) <= bytes_of(graph, range(len(graph.nodes)))


@settings(deadline=None, max_examples=150)
@given(graphs(), st.data())
def test_the_check_of_a_plan_agrees_with_the_simulation(graph, data):
    plan = data.draw(st.lists(st.integers(0, len(graph.nodes) - 1), min_size=len(graph.nodes), max_size=len(graph.nodes)))
    changed = list(plan_storage(graph))
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, len(changed) - 1))
    for candidate in (plan, changed):
        try:
            simulate(graph, candidate)
            sound = True
        except AssertionError:
            sound = False
        try:
            check_storage(graph, candidate)
            accepted = True
        except ModelError:
            accepted = False
        assert accepted == sound


@pytest.mark.parametrize("name", [*CASES, "net"])
def test_running_inside_the_planned_buffers_gives_the_same_bits(name):
    graph, sample = (lowered()[0].graph, lowered()[1]) if name == "net" else CASES[name]()
    entries = [Ref(n.name, i) for n in graph.nodes for i in range(n.op.outputs)]
    plan = dict(zip(entries, plan_storage(graph), strict=True))
    sizes = {number: max(math.prod(graph.shape(ref)) for ref in entries if plan[ref] == number) for number in plan.values()}
    buffers = {number: np.zeros(size, np.int64) for number, size in sizes.items()}

    def view(ref):
        return buffers[plan[ref]][: math.prod(graph.shape(ref))].reshape(graph.shape(ref))

    for node in graph.nodes:
        made = (graph.params.get(node.name, sample),) if node.is_variable else node.op.run_all(*(view(r).copy() for r in node.inputs))
        for index, value in enumerate(made):
            view(Ref(node.name, index))[...] = value
    for ref, expected in zip(graph.outputs, run_reference(graph, {"data": sample}), strict=True):
        assert (view(ref) == expected).all()


def test_a_chain_in_place_needs_one_buffer_beside_the_input():
    b = Builder(make)
    y = b.input("data", (4, 8), 8)
    for _ in range(5):
        y = b.op("cvm.relu", y)
    graph = b.graph([y])
    assert plan_storage(graph) == (0, 1, 1, 1, 1, 1)


def test_a_chain_not_in_place_needs_two_and_takes_the_best_fit():
    b = Builder(make)
    x = b.input("data", (1, 1, 8, 8), 8)
    for size in (3, 3, 2):
        x = b.op("cvm.max_pool2d", x, pool_size=(size, size))
    graph = b.graph([x])
    assert plan_storage(graph) == (0, 1, 2, 1)
    assert storage_bytes(graph, plan_storage(graph)) == 4 * (64 + 36 + 16)


def test_an_output_that_is_read_again_is_not_overwritten_in_place():
    b = Builder(make)
    y = b.op("cvm.relu", b.input("data", (2, 2), 8))
    z = b.op("cvm.cvm_clip", y, precision=4)
    assert plan_storage(b.graph([y, z])) == (0, 1, 2)
    assert plan_storage(b.graph([z])) == (0, 1, 1)


def test_more_than_four_gibibytes_are_refused():
    b = Builder(make)
    x = b.input("data", (1 << 10, 1 << 20), 8)
    graph = b.graph([b.op("cvm.relu", x)])
    with pytest.raises(OverflowError32) as caught:
        plan_storage(graph)
    assert caught.value.what == "The tensors of the compiled graph need 8,589,934,592 bytes."
    assert "4,294,967,296" in caught.value.why
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("plan", "what"),
    [
        ((0, 0, 1), "By the storage plan, 'param0' shares its storage with another variable."),
        ((0, 1, 1), "By the storage plan, 'broadcast_mul' overwrites a variable."),
    ],
)
def test_variables_keep_their_storage(plan, what):
    graph, _ = of("broadcast_mul", (2, 2), ((2, 2), 8))
    with pytest.raises(ModelError) as caught:
        check_storage(graph, plan)
    assert caught.value.what == what


def test_overwritten_values_are_named():
    b = Builder(make)
    y = b.op("cvm.relu", b.input("data", (2, 2), 8), name="y")
    z = b.op("cvm.cvm_clip", y, precision=4, name="z")
    graph = b.graph([b.op("cvm.elemwise_add", y, z, name="sum")])
    with pytest.raises(ModelError, match="The storage plan lets 'z' overwrite 'y' before 'sum' reads it"):
        check_storage(graph, (0, 1, 1, 2))
