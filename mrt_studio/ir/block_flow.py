"""The operators of a graph as numbers in a depth-first order: what blocks are inferred from.

Parameters belong to their readers and inputs to no block, so neither is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mrt_studio.ir.graph import Graph, Node, Shape

WEIGHTED = ("conv", "dense")


@dataclass(frozen=True)
class Flow:
    """Operators in topological order, the operators each one reads, and the shapes of its parameters."""

    nodes: tuple[Node, ...]
    reads: tuple[tuple[int, ...], ...]
    params: tuple[tuple[Shape, ...], ...] = field(repr=False)

    @classmethod
    def of(cls, graph: Graph) -> Flow:
        """Order the operators depth first, so that a branch stays together and a constant stands at its reader."""
        order = _depth_first(graph)
        place = {name: i for i, name in enumerate(order)}
        nodes = tuple(graph[name] for name in order)
        reads = tuple(tuple(dict.fromkeys(place[r.name] for r in n.inputs if r.name in place)) for n in nodes)
        return cls(nodes, reads, tuple(tuple(graph.params[r.name].shape for r in n.inputs if r.name in graph.params) for n in nodes))

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """For each operator those that read it."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for node, reads in enumerate(self.reads):
            for source in reads:
                found[source].append(node)
        return tuple(map(tuple, found))

    @cached_property
    def attributes(self) -> tuple[Mapping[str, str], ...]:
        """The attributes of each operator as text."""
        return tuple(n.op.attributes() for n in self.nodes)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What each operator is, without its name and its place: equal texts compute the same."""
        return tuple(repr((n.op.name, sorted(a.items()), p, n.shapes)) for n, a, p in zip(self.nodes, self.attributes, self.params, strict=True))

    def category(self, node: int) -> str:
        """What family the operator is of, such as ``conv``, ``pool`` or ``other``."""
        return getattr(type(self.nodes[node].op), "category", "other")

    def is_weighted(self, node: int) -> bool:
        """Whether it is a convolution or a dense layer."""
        return self.category(node) in WEIGHTED

    def is_depthwise(self, node: int) -> bool:
        """Whether it is a convolution in groups."""
        attributes = self.attributes[node]
        return self.category(node) == "conv" and attributes.get("num_group", attributes.get("groups", "1")) != "1"

    def is_strided(self, node: int) -> bool:
        """Whether it makes the picture smaller."""
        attributes = self.attributes[node]
        stride = attributes.get("stride", attributes.get("strides", ""))
        return self.category(node) in ("conv", "pool") and any(c in "23456789" for c in stride)


def _depth_first(graph: Graph) -> list[str]:
    """The operators' names, each after those it reads; what no output needs comes last, in the graph's order."""
    order = list[str]()
    seen = {n.name for n in graph.nodes if n.is_variable}
    for root in (*(r.name for r in graph.outputs), *(n.name for n in graph.operators)):
        _visit(graph, root, seen, order)
    return order


def _visit(graph: Graph, root: str, seen: set[str], order: list[str]) -> None:
    if root in seen:
        return
    seen.add(root)
    stack = [(root, iter(graph[root].inputs))]
    while stack:
        name, rest = stack[-1]
        fresh = next((r.name for r in rest if r.name not in seen), None)
        if fresh is None:
            order.append(name)
            stack.pop()
        else:
            seen.add(fresh)
            stack.append((fresh, iter(graph[fresh].inputs)))


def components(flow: Flow, nodes: Iterable[int]) -> list[list[int]]:
    """Split nodes into weakly connected sets, each in the given order, by its first node."""
    nodes = list(nodes)
    leader = {node: node for node in nodes}
    for node in nodes:
        for source in flow.reads[node]:
            if source in leader:
                leader[root_of(leader, node)] = root_of(leader, source)
    found: dict[int, list[int]] = {}
    for node in nodes:
        found.setdefault(root_of(leader, node), []).append(node)
    return list(found.values())


def root_of(leader: dict[int, int], node: int) -> int:
    """The representative of a node's set in a union-find forest; shortens the way."""
    while leader[node] != node:
        leader[node] = leader[leader[node]]
        node = leader[node]
    return node
