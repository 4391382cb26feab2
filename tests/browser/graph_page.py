"""What the tests of GraphView share: networks to show and a view of the component in a page."""

from __future__ import annotations

import time


def network(blocks: int) -> dict[str, object]:
    """A residual network: too tall to open whole when it has many blocks."""
    nodes = [node("data", "Input", "input")]
    edges = []
    last = "data"
    for block in range(blocks):
        conv, add = f"conv{block}", f"add{block}"
        nodes += [node(conv, "Convolution", "conv", params=["weight 8x8x3x3"], badge="8 bit"), node(add, "elemwise_add", "elementwise")]
        edges += [[last, conv], [conv, add], [last, add]]
        last = add
    return {"nodes": nodes, "edges": edges}


def node(name: str, op: str, kind: str, params: list[str] | None = None, badge: str = "") -> dict[str, object]:
    return {"id": name, "name": name, "op": op, "kind": kind, "shape": "1x8x16x16", "params": params or [], "badge": badge}


class View:
    """What a test can ask of the component in the page."""

    def __init__(self, page, root=None) -> None:
        """Wait until the component at `root`, or the page's only one, has drawn."""
        self.page = page
        self.root = root or page.locator(".mrt-graph")
        self.canvas = self.root.locator("canvas.graph")
        self.search = self.root.get_by_role("searchbox")
        self.root.wait_for()
        self.eventually(lambda: self.root.evaluate("root => root.__mrt.layoutMs !== undefined"))

    def at(self, node_id: str) -> tuple[float, float]:
        x, y = self.root.evaluate("(root, id) => root.__mrt.at(id)", node_id)
        return x, y

    def camera(self) -> dict[str, float]:
        return self.root.evaluate("root => root.__mrt.view()")

    def shows(self, node_id: str) -> bool:
        x, y = self.at(node_id)
        box = self.canvas.bounding_box()
        return box["x"] < x < box["x"] + box["width"] and box["y"] < y < box["y"] + box["height"]

    def click(self, node_id: str, **options) -> None:
        if options.get("modifiers"):
            self.page.keyboard.down(options["modifiers"])
        self.page.mouse.click(*self.at(node_id))
        if options.get("modifiers"):
            self.page.keyboard.up(options["modifiers"])

    def eventually(self, holds, seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it did not happen in time"
            self.page.wait_for_timeout(50)


def staged(stages: int = 3, units: int = 3) -> dict[str, object]:
    """A residual network in blocks: stages of units of a convolution, an addition and an activation; closed when it opens."""
    nodes, edges, blocks = [node("data", "Input", "input")], [], []
    last = "data"
    for stage in range(stages):
        blocks.append({"id": f"stage{stage}", "parent": "", "label": f"stage {stage}", "detail": f"{units} units", "twin": ""})
        for unit in range(units):
            block = f"stage{stage}/unit{unit}"
            blocks.append({"id": block, "parent": f"stage{stage}", "label": f"unit {unit}", "detail": "", "twin": f"stage{stage}"})
            conv, add, relu = (f"s{stage}u{unit}_{op}" for op in ("conv", "add", "relu"))
            inner = [
                node(conv, "Convolution", "conv", params=["weight 8x8x3x3"]),
                node(add, "elemwise_add", "elementwise"),
                node(relu, "Activation", "activation"),
            ]
            nodes += [{**each, "block": block, "attrs": {"kernel": "(3, 3)"} if each["op"] == "Convolution" else {}} for each in inner]
            edges += [[last, conv], [conv, add], [last, add], [add, relu]]
            last = relu
    tail = [node(f"tail{i}", "Flatten", "shape") for i in range(14)]
    edges += [[before["id"], after["id"]] for before, after in zip([{"id": last}, *tail], tail, strict=False)]
    return {"nodes": [*nodes, *tail], "edges": edges, "blocks": blocks}
