"""The ledger as data for the views: parts that add up, costs that are the compiler's, and chains of causes in words."""

import pytest

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.ledger import ledger
from mrt_studio.errors import ArtifactError
from mrt_studio.session.precision import PARTS, precision, why, widest_of
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture(scope="module")
def found(measured):
    return precision(measured)


def row(found, name):
    return next(row for row in found["nodes"] if row["name"] == name)


def test_the_parts_add_up_to_the_bits_of_the_ledger(measured, found):
    graph = measured.artifact("quantize").lowered.graph
    entries = ledger(graph)
    assert [row["name"] for row in found["nodes"]] == [name for name in entries if name not in graph.params]
    for row in found["nodes"]:
        entry = entries[row["name"]]
        assert sum(row[part] for part in PARTS) == row["bits"] == entry.bits
        assert all(row[part] >= 0 for part in PARTS)
        assert row["tight"] <= row["bits"]
        assert row["tight_bound"] <= row["bound"] == entry.bound
        assert row["head_room"] == 32 - row["bits"]


def test_the_bits_of_a_convolution_by_hand(found):
    """8 x 8 bits, 3 * 3 * 3 = 27 products that take 5 bits to count, and one for the bias."""
    assert [row(found, "conv0")[part] for part in PARTS] == [8, 8, 5, 1]
    assert [row(found, "fc0")[part] for part in PARTS] == [8, 8, 8, 1]  # 128 products
    assert [row(found, "add0")[part] for part in PARTS] == [16, 0, 0, 1]
    assert row(found, "data")["bits"] == 8


def test_a_product_of_two_tensors_takes_the_bits_of_both(found):
    scaled = row(found, "conv1_clip_mul") if any(r["name"] == "conv1_clip_mul" for r in found["nodes"]) else row(found, "relu0_mul")
    assert (scaled["input"] + scaled["weight"], scaled["accumulation"], scaled["rest"]) == (scaled["bits"], 0, 0)


def test_costs_are_those_of_the_compiled_model(measured, found):
    totals = found["totals"]
    summary = measured.summary("compile")["summary"]
    assert (totals["gas"], totals["storage_bytes"]) == (summary["gas"], summary["storage_bytes"])
    graph = measured.artifact("quantize").lowered.graph
    assert sum(row["gas"] for row in found["nodes"]) + sum(gas(graph).nodes[name] for name in graph.params) == totals["gas"]
    assert row(found, "conv0")["bytes"] == 4 * 8 * 8 * 8
    assert totals["widest"] == measured.summary("quantize")["summary"]["widest"]["bits"]


def test_the_histogram_counts_every_node_once(found):
    assert sum(count for _, count in found["histogram"]) == len(found["nodes"])
    assert [bits for bits, _ in found["histogram"]] == sorted({row["bits"] for row in found["nodes"]})


def test_why_leads_to_where_the_bits_were_limited(measured):
    chain = why(measured, "conv1")
    assert [step["name"] for step in chain] == ["conv1", "relu0_shift"]
    assert chain[0]["words"] == "24 bits: 8 of the input + 8 of the weight + 7 for adding up + 1 for the bias."
    assert chain[1]["words"] == "cvm_right_shift limits the result to 8 bits."
    assert why(measured, "conv0")[-1]["words"] == "The input has 8 bits."
    with pytest.raises(ArtifactError, match="no node"):
        why(measured, "nothing")


def test_a_node_of_another_stage_is_explained_by_its_widest_integer(measured, found):
    bits = {row["name"]: row["bits"] for row in found["nodes"]}
    assert bits[widest_of(measured, "prepare", "conv1")] == max(bits[name] for name in bits if name.startswith("conv1"))
    assert widest_of(measured, "quantize", "fc0") == "fc0"
    assert widest_of(measured, "quantize", "nothing") == ""


def test_there_is_no_ledger_before_quantize(tmp_path):
    with pytest.raises(ArtifactError):
        precision(Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path))))
