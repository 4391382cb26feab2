"""What stands in for the graph view where nothing can draw it: a list of its outermost blocks and nodes, as HTML."""

from __future__ import annotations

from typing import Any

from mrt_studio.ui.text import escape, tag

MOST_ROWS = 60


def still(graph: dict[str, Any]) -> str:
    """The outermost blocks and nodes of a `graph` trait in their order, with what is in them or what passes them on."""
    blocks = {block["id"]: block for block in graph.get("blocks", ())}
    rows: dict[str, tuple[str, str]] = {}
    for node in graph.get("nodes", ()):
        block = node.get("block", "")
        while block and blocks[block]["parent"]:
            block = blocks[block]["parent"]
        rows.setdefault(block or node["id"], (blocks[block]["label"], blocks[block]["detail"]) if block else (f"{node['op']} {node['name']}", node["shape"]))
    shown = list(rows.values())[:MOST_ROWS]
    lines = [tag("tr", tag("td", escape(name)) + tag("td", escape(about))) for name, about in shown]
    if more := len(rows) - len(shown):
        lines.append(tag("tr", tag("td", escape(f"and {more:,} more"))))
    return tag("table", "".join(lines))
