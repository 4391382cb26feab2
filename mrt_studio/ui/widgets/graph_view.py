"""The graph of a model: pan, zoom, search, select, open blocks; the front end is `widgets/src/graph_view.ts`."""

from __future__ import annotations

from mrt_studio.ui.widgets.base import Trait, widget_classes

TRAITS = (
    Trait(
        "graph",
        {},
        "{} or a dict of nodes, edges and blocks. nodes: dicts of id, name, op, kind, shape, params (texts such as 'weight 64 x 3 x 7 x 7'), badge "
        "(such as '8 bit' or ''), block (id of its block or '') and attrs (name to text); edges: lists [source id, target id, shape as text]; "
        "blocks: dicts of id, parent (id or ''), label, detail (such as '3 units, 24 nodes') and twin ('' or a key that identical blocks share). "
        "kind chooses the colour: input, conv, dense, norm, activation, pool, elementwise, shape, reduce, quantize, output or other.",
    ),
    Trait("selected", [], "ids of the selected nodes; setting it brings the last one into view.", items=str),
    Trait(
        "overlay",
        {},
        "{} or a dict of label, values (node id to number or text), low, high, unit, scale ('linear', 'log' or 'category'), better ('high', 'low' "
        "or '') and adds_up (whether a closed block shows the sum of its nodes): colours the nodes by their values, with a legend.",
    ),
    Trait("marks", {}, "node id to 'edited' or 'error': a small mark at the card's corner."),
    Trait("opened", [], "ids of the open blocks; those inside a closed block do not show.", items=str),
    Trait("viewport", {}, "{} or a dict of x and y (the graph's point in the middle) and zoom."),
    Trait("split_keys", [], "ids of the nodes chosen as split keys.", items=str),
    Trait(
        "split",
        {},
        "{} or what the split keys mean: keys, base and top (ids), problems (sentences), shapes (key to text) and candidates (dicts of id and why).",
    ),
    Trait("query", "", "what is searched for."),
    Trait("direction", "down", "'down' or 'right': where the edges lead.", choices=("down", "right")),
    Trait("theme", "light", "'light' or 'dark'.", choices=("light", "dark")),
    Trait("height_px", 480, "height in a notebook, in pixels; Panel sizes its component itself."),
)

GraphWidget, GraphPane = widget_classes(__name__, ("GraphWidget", "GraphPane"), "graph_view", TRAITS, "The graph of a model as an interactive drawing.")
