"""The hierarchy that MXNet's symbols lack: blocks of operators, inferred from structure and named from names.

Every block is a run of neighbours in one topological order, and so are the children of every block. Edges lead
forward in it, so that no mixture of open and closed blocks ever has a circle. All of it takes time near to linear.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mrt_studio.collection import without_collection
from mrt_studio.ir.block_cuts import Part
from mrt_studio.ir.block_flow import Flow
from mrt_studio.ir.block_groups import tree
from mrt_studio.ir.block_names import label, noun, plural
from mrt_studio.ir.graph import Graph


@dataclass(frozen=True)
class Block:
    """Operators under one name.

    Attributes:
        id: unique, and the same in all stages of a model.
        parent: the block it is in, or empty.
        label: what it is called among its siblings.
        detail: what it holds, such as ``3 units, 24 nodes``.
        twin: a key that identical blocks share, or empty when there is no other.
    """

    id: str
    parent: str
    label: str
    detail: str = ""
    twin: str = ""


@dataclass(frozen=True)
class Blocks:
    """The blocks of a graph, parents first, and the block that each node is directly in.

    Attributes:
        blocks: in topological order among siblings.
        of: node -> block id, empty at the top. Parameters are in the block of their first reader.
        place: operator -> its place in the topological order that the blocks are runs of.
    """

    blocks: tuple[Block, ...]
    of: Mapping[str, str]
    place: Mapping[str, int] = field(repr=False)


@without_collection
def find_blocks(graph: Graph) -> Blocks:
    """Infer the blocks of a graph from its structure and its names."""
    flow = Flow.of(graph)
    root = tree(flow)
    made, order = _named(root)
    inside = {flow.nodes[node].name: block for node, block in order}
    return _finished(graph, flow, made, inside, {name: i for i, name in enumerate(inside)})


@without_collection
def carry_blocks(graph: Graph, old: Blocks) -> Blocks:
    """The blocks of the graph that `graph` was made from, for its nodes: each is in the block of its origin.

    A node whose inputs end in a later block than its origin moves there, so that blocks stay free of circles.
    """
    homes = sorted(old.place, key=old.place.__getitem__)
    flow = Flow.of(graph)
    place, reached = dict[str, int](), list[int]()
    for node, reads in zip(flow.nodes, flow.reads, strict=True):
        origins = [old.place[o] for o in node.origin if o in old.place]
        own = old.place[node.name] if node.name in node.origin and node.name in old.place else max(origins, default=0)
        reached.append(max([own, *(reached[s] for s in reads)]))
        place[node.name] = reached[-1]
    inside = {name: old.of[homes[at]] if homes else "" for name, at in place.items()}
    order = {name: i for i, name in enumerate(sorted(place, key=place.__getitem__))}
    return _finished(graph, flow, old.blocks, inside, order)


def _named(root: Part) -> tuple[list[Block], list[tuple[int, str]]]:
    """All blocks, parents first, and each node with its block, in topological order."""
    blocks, order = list[Block](), list[tuple[int, str]]()
    stack: list[tuple[Iterator[int | Part], str, set[str]]] = [(iter(root.items), "", set())]
    while stack:
        items, parent, taken = stack[-1]
        item = next(items, None)
        if item is None:
            stack.pop()
        elif isinstance(item, Part):
            text = _unique(label(item), taken)
            blocks.append(Block(f"{parent}{text}/", parent, text))
            stack.append((iter(item.items), blocks[-1].id, set()))
        else:
            order.append((item, parent))
    return blocks, order


def _unique(text: str, taken: set[str]) -> str:
    chosen, count = text, 1
    while chosen in taken:
        count += 1
        chosen = f"{text} ({count})"
    taken.add(chosen)
    return chosen


def _finished(graph: Graph, flow: Flow, made: Sequence[Block], inside: dict[str, str], place: Mapping[str, int]) -> Blocks:
    """Leave out the blocks that hold one node or none, count what the others hold, and find twins."""
    parents = {block.id: block.parent for block in made}
    members: dict[str, list[int]] = {block.id: [] for block in made}
    for node in sorted(range(len(flow.nodes)), key=lambda n: place[flow.nodes[n].name]):
        block = inside[flow.nodes[node].name]
        while block:
            members[block].append(node)
            block = parents[block]
    kept = [block for block in made if len(members[block.id]) > 1]
    ids = {block.id for block in kept}
    of = {name: _kept(block, parents, ids) for name, block in inside.items()}
    twins = _twins(flow, {block.id: members[block.id] for block in kept})
    children: dict[str, list[str]] = {}
    for block in kept:
        children.setdefault(block.parent, []).append(noun(block.label))
    finished = tuple(replace(b, detail=_detail(children.get(b.id, []), len(members[b.id])), twin=twins.get(b.id, "")) for b in kept)
    for node in graph.nodes:
        if node.is_variable:
            reader = next(iter(graph.consumers[node.name]), None) if node.name in graph.params else None
            of[node.name] = of[reader.name] if reader is not None else ""
    return Blocks(finished, of, place)


def _kept(block: str, parents: Mapping[str, str], kept: set[str]) -> str:
    """The block, or the nearest around it that is kept."""
    while block and block not in kept:
        block = parents[block]
    return block


def _detail(nouns: Sequence[str], count: int) -> str:
    kinds = set(nouns)
    blocks = [plural(kinds.pop() or "block" if len(kinds) == 1 else "block", len(nouns))] if nouns else []
    return ", ".join([*blocks, plural("node", count)])


def _twins(flow: Flow, members: Mapping[str, Sequence[int]]) -> dict[str, str]:
    """A key for each block that another one equals: operators, attributes, parameters' shapes, and edges."""
    by_size: dict[int, list[str]] = {}
    for block, nodes in members.items():
        by_size.setdefault(len(nodes), []).append(block)
    keys = {block: _signature(flow, members[block]) for blocks in by_size.values() if len(blocks) > 1 for block in blocks}
    many = Counter(keys.values())
    return {block: key for block, key in keys.items() if many[key] > 1}


def _signature(flow: Flow, nodes: Sequence[int]) -> str:
    """A hash of what a block computes; what comes from outside is numbered in the order of its first use."""
    within = {node: i for i, node in enumerate(nodes)}
    outside = dict[int, int]()
    found = hashlib.blake2b(digest_size=8)
    for node in nodes:
        sources = [within[s] if s in within else -1 - outside.setdefault(s, len(outside)) for s in flow.reads[node]]
        found.update(repr((flow.texts[node], sources)).encode())
    return found.hexdigest()
