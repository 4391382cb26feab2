"""What stands in for the graph view where nothing can draw it: a picture and a list of its outermost blocks and nodes, as HTML.

The picture is an SVG in the address of an image: JupyterLab shows that even in a notebook that it does not trust.
"""

from __future__ import annotations

import base64
from typing import Any

from mrt_studio.ui.text import escape, tag
from mrt_studio.ui.widgets.layers import Edge, Slot, chain, layers, ranks

MOST_ROWS = 60
MOST_DRAWN = 40
CARD = (200, 44)
PASS = 28
"""Width of the place where an edge passes a row."""
GAP = (24, 30)
MARGIN = 16
LETTERS = 27
"""Characters of a line that fit on a card."""
STYLE = (
    "text{font:600 13px Helvetica,Arial,sans-serif;fill:#1f2933}.about{font-weight:400;font-size:11px;fill:#5b6673}"
    "rect{fill:#fff;stroke:#aab4bf}.block{stroke:#1f5f8b;stroke-width:1.5}.page{fill:#f8fafc;stroke:#d5dbe1}path{fill:none;stroke:#93a0ad;stroke-width:1.5}"
)

Item = tuple[str, str, bool]
"""Name, what it is about, and whether it is a block."""


def still(graph: dict[str, Any]) -> str:
    """The picture, and the outermost blocks and nodes of a `graph` trait in their order, with what is in them or what passes them on."""
    items, edges = outermost(graph)
    shown = list(items.values())[:MOST_ROWS]
    lines = [tag("tr", tag("td", escape(name)) + tag("td", escape(about))) for name, about, _ in shown]
    if more := len(items) - len(shown):
        lines.append(tag("tr", tag("td", escape(f"and {more:,} more"))))
    summary = f"{len(graph.get('nodes', ())):,} nodes, {len(graph.get('blocks', ())):,} blocks"
    data = base64.b64encode(picture(items, edges).encode()).decode()
    image = f'<img alt="{escape(f"The network: {summary}")}" src="data:image/svg+xml;base64,{data}">' if items else ""
    return image + tag("details", tag("summary", escape(summary)) + tag("table", "".join(lines)))


def outermost(graph: dict[str, Any]) -> tuple[dict[str, Item], list[Edge]]:
    """The outermost blocks and the nodes outside of any, by id, and the edges between them."""
    blocks = {block["id"]: block for block in graph.get("blocks", ())}
    items: dict[str, Item] = {}
    top: dict[str, str] = {}
    for node in graph.get("nodes", ()):
        block = node.get("block", "")
        while block and blocks[block]["parent"]:
            block = blocks[block]["parent"]
        about = (blocks[block]["label"], blocks[block]["detail"], True) if block else (f"{node['op']} {node['name']}", node["shape"], False)
        top[node["id"]] = block or node["id"]
        items.setdefault(top[node["id"]], about)
    edges = dict.fromkeys((top[edge[0]], top[edge[1]]) for edge in graph.get("edges", ()))
    return items, [edge for edge in edges if edge[0] != edge[1]]


def picture(items: dict[str, Item], edges: list[Edge]) -> str:
    """An SVG of the first items and the edges between them."""
    names = list(items)[:MOST_DRAWN]
    known = set(names)
    edges = [edge for edge in edges if set(edge) <= known]
    names = _sorted(names, edges)
    rows = layers(names, edges)
    places, width = _places(rows)
    height = 2 * MARGIN + len(rows) * (CARD[1] + GAP[1]) - GAP[1]
    rank = ranks(rows)
    lines = [f'<path d="{_path(chain(edge, rank), places)}"/>' for edge in edges]
    cards = [_card(items[name], *places[name]) for name in names]
    page = f'<rect class="page" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><style>{STYLE}</style>'
    return head + page + "".join(lines) + "".join(cards) + "</svg>"


def _sorted(names: list[str], edges: list[Edge]) -> list[str]:
    """The names so that edges lead forward; what stands in a circle comes last and is drawn in its own order."""
    done: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        ready = [name for name in waiting if all(tail in done for tail, head in edges if head == name)] or waiting
        done.update(dict.fromkeys(ready))
        waiting = [name for name in waiting if name not in done]
    return list(done)


def _places(rows: list[list[Slot]]) -> tuple[dict[Slot, tuple[float, float]], int]:
    """The middle of each slot, rows centred, and the picture's width."""
    spans = [sum(_width(slot) for slot in row) + GAP[0] * (len(row) - 1) for row in rows]
    width = int(max(spans, default=0)) + 2 * MARGIN
    places: dict[Slot, tuple[float, float]] = {}
    for number, (row, span) in enumerate(zip(rows, spans, strict=True)):
        x = (width - span) / 2
        for slot in row:
            places[slot] = (x + _width(slot) / 2, MARGIN + number * (CARD[1] + GAP[1]) + CARD[1] / 2)
            x += _width(slot) + GAP[0]
    return places, width


def _width(slot: Slot) -> int:
    return CARD[0] if isinstance(slot, str) else PASS


def _path(way: list[Slot], places: dict[Slot, tuple[float, float]]) -> str:
    """A smooth line through the slots, straight where it passes a row."""
    half = CARD[1] / 2
    (x, y), *rest = [places[slot] for slot in way]
    words = [f"M{x:g} {y + half:g}"]
    for number, (to, below) in enumerate(rest):
        top, middle = below - half, below - half - GAP[1] / 2
        words.append(f"C{x:g} {middle:g} {to:g} {middle:g} {to:g} {top:g}")
        if number < len(rest) - 1:
            words.append(f"V{below + half:g}")
        x = to
    return "".join(words)


def _card(item: Item, x: float, y: float) -> str:
    name, about, is_block = item
    box = f'<rect class="{"block" if is_block else "node"}" x="{x - CARD[0] / 2:g}" y="{y - CARD[1] / 2:g}" width="{CARD[0]}" height="{CARD[1]}" rx="6"/>'
    lines = ((name, -3 if about else 5, ""), (about, 13, ' class="about"'))
    return box + "".join(f'<text{kind} x="{x - CARD[0] / 2 + 10:g}" y="{y + down:g}">{escape(_cut(text))}</text>' for text, down, kind in lines if text)


def _cut(text: str) -> str:
    """At most `LETTERS` characters, and none that XML does not know."""
    printed = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return printed if len(printed) <= LETTERS else printed[: LETTERS - 1] + "…"
