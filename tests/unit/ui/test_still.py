"""The still picture of a graph: rows, routes, and text that stays text."""

from __future__ import annotations

import base64
import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from mrt_studio.session.graph_payload import payload_of
from mrt_studio.ui.widgets.layers import layers, ranks
from mrt_studio.ui.widgets.still import MOST_DRAWN, MOST_ROWS, outermost, still
from tests.models.tiny import tiny_graph

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>\"'&\x00\u202e"


def node(name, block="", op="Flatten", shape="1 x 8"):
    return {"id": name, "name": name, "op": op, "shape": shape, "block": block}


def drawn(html):
    """The picture in the address of the image."""
    return ET.fromstring(base64.b64decode(re.search(r"base64,([^\"]+)", html).group(1)))


def test_rows_follow_the_edges_and_long_edges_have_a_slot_in_each_row_they_pass():
    edges = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "d")]
    rows = layers(list("abcd"), edges)
    assert ranks(rows) == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert set(rows[1]) == {"b", (("a", "c"), 1), (("a", "d"), 1)}
    assert set(rows[2]) == {"c", (("a", "d"), 2)}


def test_branches_do_not_cross_where_they_need_not():
    rows = layers(["in", "l", "r", "l2", "r2"], [("in", "l"), ("in", "r"), ("r", "r2"), ("l", "l2")])
    assert rows[1].index("l") < rows[1].index("r")
    assert rows[2].index("l2") < rows[2].index("r2")


def test_a_network_is_drawn_whole_and_inside_its_frame():
    graph = payload_of(tiny_graph(), "")
    items, edges = outermost(graph)
    svg = drawn(still(graph))
    assert len(svg.findall(f"{SVG}rect")) == 1 + len(items)
    assert len(svg.findall(f"{SVG}path")) == len(edges)
    width, height = float(svg.get("width")), float(svg.get("height"))
    for card in svg.findall(f"{SVG}rect"):
        x, y, w, h = (float(card.get(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height


def test_blocks_stand_for_their_nodes():
    blocks = [{"id": "B", "parent": "", "label": "stage", "detail": "2 nodes"}, {"id": "B/u", "parent": "B", "label": "unit", "detail": ""}]
    graph = {"nodes": [node("a"), node("b", "B"), node("c", "B/u"), node("d")], "edges": [["a", "b"], ["b", "c"], ["c", "d"]], "blocks": blocks}
    assert outermost(graph) == (
        {"a": ("Flatten a", "1 x 8", False), "B": ("stage", "2 nodes", True), "d": ("Flatten d", "1 x 8", False)},
        [("a", "B"), ("B", "d")],
    )


def test_hostile_names_stay_text():
    html = still({"nodes": [node(HOSTILE)], "edges": []})
    assert "<script" not in html
    svg = drawn(html)
    assert svg.find(f".//{SVG}script") is None
    assert svg.find(f"{SVG}text").text.startswith("Flatten </text><script>")


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_any_size_is_drawn(count):
    names = [f"n{i}" for i in range(count)]
    html = still({"nodes": [node(name) for name in names], "edges": [list(pair) for pair in itertools.pairwise(names)]})
    assert f"{count:,} nodes" in html
    assert html.count("<tr>") == min(count, MOST_ROWS + 1)
    if count:
        assert len(drawn(html).findall(f"{SVG}rect")) == 1 + min(count, MOST_DRAWN)


def test_a_circle_is_drawn_somehow():
    assert len(drawn(still({"nodes": [node("a"), node("b")], "edges": [["a", "b"], ["b", "a"]]})).findall(f"{SVG}path")) == 2
