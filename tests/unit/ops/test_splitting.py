"""Pieces of the batch, names of pieces, and pieces that nobody reads."""

import pytest

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Ref
from tests.nets import built, prepared


def test_sections_of_the_batch_that_are_not_equal_are_refused():
    graph = built(lambda b, param: b.op("_split_v2", b.input("data", (3, 2)), name="node", indices=(), sections=2, axis=0))
    with pytest.raises(UnsupportedError, match="not equal") as caught:
        prepared(graph)
    assert (caught.value.where, caught.value.why) == ("_split_v2 'node'", "Another batch would be cut elsewhere.")


@pytest.mark.parametrize("squeeze", [False, True])
def test_only_the_pieces_that_are_read_are_cut(squeeze):
    def write(b, param):
        x = b.op("SliceChannel", b.input("data", (2, 3, 4)), name="node", num_outputs=3, squeeze_axis=squeeze)
        return b.op("relu", Ref(x.name, 2), name="act")

    ready = prepared(built(write))
    assert [n.op.name for n in ready.operators].count("slice_axis") == 1


def test_the_first_piece_has_the_nodes_name():
    def write(b, param):
        node = b.op("SliceChannel", b.input("data", (2, 4)), name="node", num_outputs=2)
        return [node, Ref(node.name, 1)]

    assert [ref.name for ref in prepared(built(write)).outputs] == ["node", "node_part1"]
