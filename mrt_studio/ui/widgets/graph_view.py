"""The graph of a model: pan, zoom, search, select; the front end is `widgets/src/graph_view.ts`."""

from __future__ import annotations

from mrt_studio.ui.widgets.base import Trait, widget_classes

TRAITS = (
    Trait(
        "graph",
        {},
        "{} or a dict of nodes and edges. nodes: dicts of id, name, op, kind, shape, params (texts such as 'weight 64x3x7x7') and badge "
        "(such as '8 bit' or ''); edges: pairs [source id, target id]. kind chooses the colour: input, conv, dense, norm, activation, pool, "
        "elementwise, shape, reduce, quantize, output or other.",
    ),
    Trait("selected", [], "ids of the selected nodes; setting it brings the last one into view.", items=str),
    Trait("overlay", {}, "{} or a dict of label, values (node id to number), low and high: colours the nodes by their values, with a legend."),
    Trait("marks", {}, "node id to 'edited' or 'error': a small mark at the card's corner."),
    Trait("theme", "light", "'light' or 'dark'.", choices=("light", "dark")),
    Trait("height_px", 480, "height in a notebook, in pixels; Panel sizes its component itself."),
)

GraphWidget, GraphPane = widget_classes(__name__, ("GraphWidget", "GraphPane"), "graph_view", TRAITS, "The graph of a model as an interactive drawing.")
