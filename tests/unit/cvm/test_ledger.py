"""The ledger as data, against bits computed by hand: products add bits, a sum of k terms adds those that count to k."""

import pytest

from mrt_studio.cvm.ledger import causes, ledger
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.proof import prove
from mrt_studio.errors import OverflowError32
from mrt_studio.ir.graph import Builder
from mrt_studio.ops.base import make as make_float
from tests.unit.cvm.graphs import ALL, CASES, conv, lowered

HAND = {
    # name: bits of computed inputs, of parameters, of the sum, of the result, and the cause
    "conv2d": ((8,), (8, 20), 8 + 8 + 5, 22, "data"),  # 3 * 3 * 3 = 27 products, 5 bits; the bias adds one
    "conv2d_strided": ((8,), (8,), 8 + 8 + 5, 21, "data"),
    "conv2d_depthwise": ((8,), (8, 20), 8 + 8 + 4, 21, "param1"),  # 9 products; the bias of 20 bits is as wide as the sum
    "conv2d_deep": ((8,), (8, 31), 8 + 8 + 11, 32, "param1"),  # 1041 products
    "dense": ((8,), (8, 20), 8 + 8 + 6, 23, "data"),  # 40 products
    "dense_deep": ((8,), (8,), 8 + 8 + 13, 29, "data"),
    "sum": ((8,), (), 13, 13, "data"),  # 20 terms
    "broadcast_add": ((8,), (20,), 21, 21, "param0"),
    "broadcast_mul_channels": ((20,), (12,), 32, 32, "data"),
    "broadcast_max": ((9,), (31,), 31, 31, "param0"),
    "concatenate": ((8,), (9, 3), 9, 9, "first"),
    "take": ((32,), (8,), 8, 8, "table"),
    "where": ((9,), (9, 3), 9, 9, "data"),
    "cvm_lut": ((32,), (9,), 9, 9, "param0"),
    "clip": ((20,), (), 12, 12, ""),  # -300 to 1023; the runtime counts one more than the largest
    "cvm_clip_wide": ((8,), (), 32, 32, ""),
    "product_then_shift": ((32,), (), 8, 8, ""),
}


@pytest.mark.parametrize("name", HAND)
def test_the_bits_by_hand(name):
    graph, _ = CASES[name]()
    entry = ledger(graph)[graph.outputs[0].name]
    assert (entry.input_bits, entry.weight_bits, entry.accumulation_bits, entry.bits, entry.cause) == HAND[name]


@pytest.mark.parametrize("name", ALL)
def test_every_entry_says_what_the_proof_says(name):
    graph, _ = ALL[name]()
    rows, entries = prove(graph), ledger(graph)
    assert list(entries) == list(rows)
    for node in graph.nodes:
        entry, row = entries[node.name], rows[node.name]
        assert (entry.bits, entry.bound, entry.head_room) == (row.bits, 2 ** (row.bits - 1) - 1, 32 - row.bits)
        assert sorted((*entry.input_bits, *entry.weight_bits)) == sorted(row.inputs)
        assert entry.accumulation_bits <= entry.bits
        assert entry.cause in {"", *(ref.name for ref in node.inputs)}


def test_a_chain_leads_to_where_the_bits_were_limited():
    graph, _ = CASES["residual"]()
    entries = ledger(graph)
    assert [entry.name for entry in causes(entries, "broadcast_mul_1")] == ["broadcast_mul_1", "relu_1", "cvm_right_shift_2"]
    assert [entry.name for entry in causes(entries, "conv2d_2")] == ["conv2d_2", "cvm_clip_1"]
    assert [entry.name for entry in causes(entries, "flatten")] == ["flatten", "max_pool2d", "concatenate", "data"]
    assert (entries["cvm_right_shift_2"].cause, entries["data"].op, entries["w"].op) == ("", "input", "parameter")


def test_inputs_that_are_equally_wide_and_one_that_is_read_twice():
    b = Builder(make)
    x, y = b.input("data", (1, 2), 8), b.input("other", (1, 2), 8)
    graph = b.graph([b.op("cvm.elemwise_add", x, y, name="both"), b.op("cvm.elemwise_add", y, y, name="twice")])
    entries = ledger(graph)
    assert (entries["both"].input_bits, entries["both"].cause) == ((8, 8), "data")
    assert (entries["twice"].input_bits, entries["twice"].bits, entries["twice"].cause) == ((8, 8), 9, "other")


def test_the_origin_is_the_prepared_node():
    model, _ = lowered()
    entries = ledger(model.graph)
    assert (entries["conv1"].accumulation_bits, entries["conv1"].bits, entries["conv1"].weight_bits) == (8 + 8 + 5, 22, (8, 14))
    assert entries["relu1_mul"].origin == ("relu1",)
    assert [entry.name for entry in causes(entries, "fc")] == ["fc", "flat_shift"]


def test_a_float_top_has_no_entries_and_what_leaves_int32_is_refused():
    b = Builder(lambda name, **a: (make if name.startswith("cvm.") else make_float)(name, **a))
    low = b.op("cvm.relu", b.input("data", (1, 2), 8), name="low")
    assert list(ledger(b.graph([b.op("relu", low, name="top")]))) == ["data", "low"]
    with pytest.raises(OverflowError32):
        ledger(conv((1, 1 << 16, 1, 1), 1, (1, 1))[0])
