"""get_valid_counts and non_max_suppression on boxes made by hand, and what the runtime's back ends disagree about."""

import numpy as np
import pytest

from mrt_studio.cvm.emulate import to_symbol
from mrt_studio.cvm.format import read_artifact, write_artifact
from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.ops.base import make
from mrt_studio.cvm.ops.non_max_suppression import overlap_percent
from mrt_studio.cvm.proof import bits_of, prove
from mrt_studio.cvm.rules import check_rules
from mrt_studio.errors import OverflowError32, ShapeError, UnsupportedError
from mrt_studio.ir.graph import Builder, Ref

NONE = [-1] * 6
A, B, C = [0, 50, 0, 0, 10, 10], [0, 40, 1, 0, 11, 10], [0, 30, 20, 20, 30, 30]
"""The first two share 90 of 110: 81 percent. The third shares nothing."""


def counting(shape, bits=8, **attributes):
    b = Builder(make)
    counts = b.op("cvm.get_valid_counts", b.input("data", shape, bits), name="counts", **attributes)
    return b.graph([counts, Ref(counts.name, 1)])


def suppressing(shape=(1, 5, 6), bits=8, count=None, **attributes):
    b = Builder(make)
    x = b.op("cvm.cvm_clip", b.input("data", shape, bits), name="x", precision=bits)
    counts = b.param("", np.array([shape[1]] * shape[0] if count is None else count), name="count", precision=20)
    return b.graph([b.op("cvm.non_max_suppression", x, counts, name="nms", **attributes)])


def best(rows, *, bits=8, **attributes):
    """The rows that are left, by the reference; the fast machine and the files read back must agree."""
    graph, feeds = suppressing((1, len(rows), 6), bits, **attributes), {"data": np.array([rows])}
    (found,) = run_reference(graph, feeds)
    read = read_artifact(*write_artifact(graph))
    for other in (FastMachine(graph).run(feeds), run_reference(read, feeds), FastMachine(read).run(feeds)):
        assert np.array_equal(other[0], found)
    left = [row for row in found[0].tolist() if row != NONE]
    assert found[0].tolist() == left + [NONE] * (len(rows) - len(left))
    return left


def test_rows_above_the_threshold_come_first_in_their_order():
    x = np.array([[[1, 5], [2, 3], [3, 9], [4, 4]], [[1, 0], [2, 0], [3, -9], [4, 4]], [[1, 5], [2, 6], [3, 9], [4, 5]]])
    graph = counting(x.shape, score_threshold=4)
    for counts, rows in (run_reference(graph, {"data": x}), FastMachine(graph).run({"data": x})):
        assert counts.tolist() == [2, 0, 4]
        none = [-1, -1]
        assert rows.tolist() == [[[1, 5], [3, 9], none, none], [none] * 4, x[2].tolist()]


def test_each_output_has_bits_of_its_own():
    graph = counting((2, 40, 6), 13)
    rows = prove(graph)
    assert rows["counts"].outputs == (9, 13)
    assert [bits_of(rows, ref) for ref in graph.outputs] == [9, 13]
    assert prove(counting((7, 7, 2)))["counts"].bits == 5
    assert prove(counting((7, 7, 9)))["counts"].bits == 8  # the runtime counts to 7 * 9 + 1


@pytest.mark.parametrize("shape", [(2, 6), (1, 4, 1), (1, 4, 32), (1, 1, 4, 6)])
def test_shapes_that_get_valid_counts_refuses(shape):
    with pytest.raises(ShapeError, match="get_valid_counts needs"):
        counting(shape)


def test_one_bit_cannot_hold_what_fills_the_rows():
    for graph in (counting((1, 4, 6), 1), suppressing(bits=1)):
        with pytest.raises(OverflowError32, match="cannot hold the -1"):
            prove(graph)


def test_the_better_of_two_boxes_is_left():
    assert best([A, B, C]) == best([C, B, A]) == [A, C]
    assert best([A, B, C], iou_threshold=81) == [A, C]
    assert best([A, B, C], iou_threshold=82) == [A, B, C]


def test_a_dropped_box_drops_no_other():
    third = [0, 20, 5, 0, 15, 10]  # shares 6 of 14 columns with B, 5 of 15 with A
    assert best([A, B, third], iou_threshold=40) == [A, third]
    assert best([B, third], iou_threshold=40) == [B]


def test_boxes_of_other_ids_count_only_if_told():
    other = [1, *B[1:]]
    assert best([A, other, C]) == [A, other, C]
    assert best([A, other, C], force_suppress=True) == [A, C]


def test_equal_scores_keep_their_order():
    first, second = [0, 7, 0, 0, 10, 10], [0, 7, 1, 0, 11, 10]
    assert best([C, first, second]) == [C, first]
    assert best([C, second, first]) == [C, second]


def test_negative_ids_are_left_out():
    assert best([[-1, *A[1:]], B, C]) == [B, C]
    assert best([[-1, *A[1:]], B, C], force_suppress=True) == [B, C]
    assert best([[-1, *A[1:]], B, C], top_k=2) == [B]


def test_only_the_best_are_looked_at():
    assert best([C, A, B], top_k=2) == [A]
    assert best([C, A, B], top_k=0) == []
    assert best([C, A, B], top_k=-5) == best([C, A, B], top_k=99) == [A, C]


def test_only_so_many_are_returned():
    assert best([A, B, C], max_output_size=1) == [A]
    assert best([A, B, C], max_output_size=2) == best([A, B, C], max_output_size=-7) == [A, C]
    out = run_reference(suppressing((1, 3, 6), max_output_size=0), {"data": np.array([[A, B, C]])})
    assert out[0].tolist() == [[NONE] * 3]


@pytest.mark.parametrize(("count", "left"), [(0, []), (-4, []), (1, [C]), (2, [B, C]), (3, [A, C]), (99, [A, C])])
def test_rows_beyond_the_count_do_not_exist(count, left):
    assert best([C, B, A], count=[count]) == left


def test_samples_are_apart():
    x = np.array([[A, B, C], [C, B, A]])
    found = run_reference(suppressing((2, 3, 6), count=[2, 3]), {"data": x})[0]
    assert found.tolist() == [[A, NONE, NONE], [A, C, NONE]]


@pytest.mark.parametrize(
    ("box", "other", "percent"),
    [
        ([0, 0, 10, 10], [0, 0, 10, 10], 100),
        ([0, 0, 10, 10], [10, 0, 20, 10], 0),
        ([0, 0, 2, 1], [1, 0, 3, 1], 33),
        ([0, 0, 3, 1], [1, 0, 3, 1], 66),
        ([-5, -5, 5, 5], [-5, -5, 5, 0], 50),
        ([5, 5, 0, 0], [0, 0, 5, 5], 0),
        ([3, 0, 3, 9], [3, 0, 3, 9], 0),
        ([-(2**29) + 1] * 2 + [2**29 - 1] * 2, [-(2**29) + 1] * 2 + [2**29 - 1] * 2, 100),
        ([-(2**29) + 1] * 2 + [2**29 - 1] * 2, [-(2**29) + 1, -(2**29) + 1, 2**29 - 1, 0], 50),
    ],
)
def test_the_share_of_two_boxes(box, other, percent):
    for a, b in ((box, other), (other, box)):
        assert overlap_percent(np.array(a), np.array([b])).tolist() == [percent]


def test_a_large_share_is_rounded_as_the_runtime_does():
    # 100 * shared leaves 64 bits, so the union is divided by 100 first, and 49.99... becomes 50.
    low, side, part = -(2**29) + 1, 768398401, 543339720
    assert side**2 == 2 * part**2 + 1
    assert 100 * part**2 // side**2 == 49
    assert overlap_percent(np.array([low, low, low + side, low + side]), np.array([[low, low, low + part, low + part]])).tolist() == [50]
    rows = [[0, 9, low, low, low + side, low + side], [0, 8, low, low, low + part, low + part]]
    assert best(rows, bits=30, iou_threshold=50) == rows[:1]
    assert best(rows, bits=30, iou_threshold=51) == rows


@pytest.mark.parametrize(("shape", "count"), [((1, 4, 5), [1]), ((4, 6), [1]), ((1, 4, 6), [1, 1]), ((1, 4, 7), [1])])
def test_shapes_that_non_max_suppression_refuses(shape, count):
    with pytest.raises(ShapeError, match="non_max_suppression needs"):
        suppressing(shape, count=count)


@pytest.mark.parametrize("attributes", [{"coord_start": 1}, {"score_index": 0}, {"id_index": -1}, {"iou_threshold": 0}, {"iou_threshold": -1}])
def test_attributes_that_the_runtime_refuses(attributes):
    with pytest.raises(UnsupportedError, match=f"has {next(iter(attributes))}="):
        suppressing(**attributes)


@pytest.mark.parametrize("attributes", [{"return_indices": True}, {"invalid_to_bottom": False}])
def test_flags_that_the_runtime_refuses(attributes):
    with pytest.raises(UnsupportedError, match="invalid ones at the bottom"):
        suppressing(**attributes)


def test_boxes_of_more_than_30_bits_are_refused():
    assert prove(suppressing(bits=30))["nms"].bits == 30
    with pytest.raises(OverflowError32, match="31 bits; the limit is 30"):
        prove(suppressing(bits=31))


def refusal(graph):
    with pytest.raises(UnsupportedError, match="cannot be compiled") as caught:
        check_rules(graph)
    assert caught.value.where == "cvm.non_max_suppression 'nms'"
    assert caught.value.why
    assert caught.value.remedy
    return caught.value.what


def test_what_the_back_ends_disagree_about_is_not_compiled():
    assert "2 samples" in refusal(suppressing((2, 5, 6)))
    assert "max_output_size=0" in refusal(suppressing(max_output_size=0))


def reused(*, top_k, output=False):
    """The boxes are the input itself, and an output besides if asked for."""
    b = Builder(make)
    x = b.input("data", (1, 5, 6), 8)
    x = b.op("cvm.relu", x, name="x") if output else x
    nms = b.op("cvm.non_max_suppression", x, b.param("", np.array([5]), name="count", precision=8), name="nms", top_k=top_k)
    return b.graph([nms, x] if output else [nms])


def test_boxes_that_the_cpu_overwrites_must_not_be_read_again():
    for output in (False, True):
        assert "top_k=4" in refusal(reused(top_k=4, output=output))
        for top_k in (-1, 0, 5, 9):
            assert check_rules(reused(top_k=top_k, output=output))
    assert check_rules(suppressing(top_k=4))


def test_gas_counts_samples_only():
    graph = suppressing((1, 50, 6))
    assert gas(graph).nodes["nms"] == 20 * 300 + 5 * 300
    assert gas(counting((2, 50, 6))).nodes["counts"] == 2 + 5 * (2 + 600)


def test_there_is_no_twin():
    for fast in (False, True):
        with pytest.raises(UnsupportedError, match="non_max_suppression cannot be written in plain MXNet operators") as caught:
            to_symbol(suppressing(), fast=fast)
        assert caught.value.where == "cvm.non_max_suppression 'nms'"
        assert "split the model" in caught.value.remedy
