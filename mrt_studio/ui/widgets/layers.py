"""A simple layered layout for the still picture: rows by longest path, their order by the middle of the neighbours above and below."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

Edge = tuple[str, str]
Slot = str | tuple[Edge, int]
"""An item, or the place where an edge passes a row."""
SWEEPS = 4


def layers(items: Sequence[str], edges: Sequence[Edge]) -> list[list[Slot]]:
    """The rows of an acyclic graph whose items are in the order of its edges; every edge has a slot in each row that it passes."""
    rank = dict.fromkeys(items, 0)
    for head in items:
        rank[head] = max((rank[tail] + 1 for tail, there in edges if there == head), default=0)
    rows: list[list[Slot]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for item in items:
        rows[rank[item]].append(item)
    for edge in edges:
        for row in range(rank[edge[0]] + 1, rank[edge[1]]):
            rows[row].append((edge, row))
    near = _neighbours(edges, rank)
    for sweep in range(SWEEPS):
        order = range(1, len(rows)) if sweep % 2 == 0 else range(len(rows) - 2, -1, -1)
        for row in order:
            _sort(rows[row], rows[row - 1 if sweep % 2 == 0 else row + 1], near)
    return rows


def chain(edge: Edge, rank: Mapping[str, int]) -> list[Slot]:
    """What an edge goes through, from its first item to its last."""
    return [edge[0], *((edge, row) for row in range(rank[edge[0]] + 1, rank[edge[1]])), edge[1]]


def ranks(rows: Sequence[Sequence[Slot]]) -> dict[str, int]:
    """The row of each item."""
    return {slot: row for row, slots in enumerate(rows) for slot in slots if isinstance(slot, str)}


def _neighbours(edges: Sequence[Edge], rank: Mapping[str, int]) -> dict[Slot, set[Slot]]:
    near: dict[Slot, set[Slot]] = {}
    for edge in edges:
        way = chain(edge, rank)
        for a, b in itertools.pairwise(way):
            near.setdefault(a, set()).add(b)
            near.setdefault(b, set()).add(a)
    return near


def _sort(row: list[Slot], beside: Sequence[Slot], near: Mapping[Slot, set[Slot]]) -> None:
    """Order a row by the mean place of its slots' neighbours in the row beside it; slots without any stay where they are."""
    place = {slot: (i + 0.5) / len(beside) for i, slot in enumerate(beside)}
    own = {slot: (i + 0.5) / len(row) for i, slot in enumerate(row)}
    found = {slot: [place[other] for other in near.get(slot, ()) if other in place] for slot in row}
    row.sort(key=lambda slot: sum(found[slot]) / len(found[slot]) if found[slot] else own[slot])
