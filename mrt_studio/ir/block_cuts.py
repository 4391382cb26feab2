"""Cut a flow of operators where everything passes through one node.

A node is a cut where no edge jumps over it. What lies between two cuts is a segment: a residual body, an
inception module, or one large tail. A large segment is cut further: into its separate branches; into a trunk
and the heads that leave it early; or at nodes that only long skips jump over. The pieces put one after
another are a topological order, so blocks made of neighbouring pieces never depend on each other in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from mrt_studio.ir.block_flow import Flow, components, root_of

LARGE = 40
"""Nodes from which on a segment is cut further."""
DEEPEST = 8


@dataclass
class Part:
    """A block in the making: nodes and parts in topological order; `kind` and `number` make its label."""

    items: list[int | Part] = field(default_factory=list["int | Part"])
    kind: str = ""
    number: str = ""

    @property
    def parts(self) -> list[Part]:
        """The parts among the items."""
        return [item for item in self.items if isinstance(item, Part)]

    def nodes(self) -> list[int]:
        """All nodes in it, in order."""
        found, stack = list[int](), [iter(self.items)]
        while stack:
            item = next(stack[-1], None)
            if item is None:
                stack.pop()
            elif isinstance(item, Part):
                stack.append(iter(item.items))
            else:
                found.append(item)
        return found


Atom = list[int] | Part
"""A cut node alone, the nodes of a segment, or a part that is a block already."""


def pieces(flow: Flow, nodes: Sequence[int], depth: int = 0, entry: int | None = None) -> list[Atom]:
    """Cut `nodes`, which are in topological order, into atoms; together they are a topological order too.

    `entry` is the cut node in front: what starts there belongs together.
    """
    if depth > DEEPEST or (depth and len(nodes) <= LARGE):
        return [list(nodes)]
    if depth:
        trunk, head = _trunk_and_head(flow, nodes)
        if head:
            return [*pieces(flow, trunk, depth + 1, entry), _head(flow, head, depth)]
        parts = components(flow, nodes)
        if len(parts) > 1:
            return [_branch(flow, part, depth) for part in parts]
    found = cut(flow, nodes, entry)
    if len(found) == 1:
        found = cut(flow, nodes, entry, longest=max(16, len(nodes) // 5))
    if len(found) == 1:
        return [list(nodes)]
    atoms = list[Atom]()
    for before, segment in zip([[entry], *found], found, strict=False):
        atoms += [segment] if len(segment) == 1 else pieces(flow, segment, depth + 1, before[-1])
    return atoms


def cut(flow: Flow, nodes: Sequence[int], entry: int | None = None, *, longest: int | None = None) -> list[list[int]]:
    """Cut nodes alone and the segments between them; edges over more than `longest` nodes do not count."""
    place = {node: i for i, node in enumerate(nodes)}
    if entry is not None:
        place[entry] = -1
    change = [0] * (len(nodes) + 1)
    for at, node in enumerate(nodes):
        for source in flow.reads[node]:
            start = place.get(source, at)
            if 1 < at - start <= (longest or at + 1):
                change[start + 1] += 1
                change[at] -= 1
    found = list[list[int]]()
    is_open = False
    for node, over in zip(nodes, accumulate(change), strict=False):
        if over and is_open:
            found[-1].append(node)
        else:
            found.append([node])
        is_open = over > 0
    return found


def _branch(flow: Flow, nodes: list[int], depth: int) -> Atom:
    if len(nodes) <= LARGE:
        return nodes if len(nodes) < 4 else Part(list(nodes), "branch")
    return Part([item for atom in pieces(flow, nodes, depth + 1) for item in loose(atom)], "branch")


def loose(atom: Atom) -> list[int | Part]:
    """The atom as items of a part."""
    return [atom] if isinstance(atom, Part) else list(atom)


def _trunk_and_head(flow: Flow, nodes: Sequence[int]) -> tuple[list[int], list[int]]:
    """The trunk, and what leaves it early and is joined late, with all that depends on that; a head of none is no split."""
    inside = set(nodes)
    depth, height = dict[int, int](), dict[int, int]()
    for node in nodes:
        depth[node] = 1 + max((depth[s] for s in flow.reads[node] if s in inside), default=0)
    for node in reversed(nodes):
        height[node] = 1 + max((height[r] for r in flow.readers[node] if r in inside), default=0)
    slack_allowed = max(8, max(depth.values()) // 4)
    longest = max(depth.values()) + 1
    late = set[int]()
    for node in nodes:
        if longest - depth[node] - height[node] > slack_allowed or any(s in late for s in flow.reads[node]):
            late.add(node)
    if not late:
        return list(nodes), []
    # The last heads have no slack: a chain that only leads into the late part belongs to it, back to where it leaves the trunk.
    for node in reversed(nodes):
        readers = flow.readers[node]
        if node not in late and len(readers) == 1 and readers[0] in late:
            late.add(node)
    trunk, head = [n for n in nodes if n not in late], [n for n in nodes if n in late]
    taps = {s for n in head for s in flow.reads[n] if s in inside and s not in late}
    return (trunk, head) if len(taps) > 1 and len(trunk) >= 12 and len(head) >= 4 else (list(nodes), [])


def _head(flow: Flow, nodes: list[int], depth: int) -> Part:
    """One branch for each place where the trunk is tapped, then what joins several of them."""
    inside, joins = set(nodes), set[int]()
    leader = dict[int, int]()
    for node in nodes:
        sources = flow.reads[node]
        sets = {root_of(leader, leader.setdefault(s, s)) for s in sources if s not in joins}
        if len(sets) > 1 or any(s in joins for s in sources):
            joins.add(node)
            continue
        leader[node] = next(iter(sets), node)
    branches: dict[int, list[int]] = {}
    for node in nodes:
        if node not in joins:
            branches.setdefault(root_of(leader, node), []).append(node)
    if len(branches) < 2:
        return Part([item for atom in pieces(flow, nodes, depth + 1) for item in loose(atom)], "head")
    joined = [n for n in nodes if n in joins and n in inside]
    return Part([item for branch in branches.values() for item in loose(_branch(flow, branch, depth))] + list(joined), "head")
