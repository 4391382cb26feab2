"""Put the atoms of a flow together as an engineer would: units, stages, stem and head; never more than a screenful.

Only neighbours are put together. Prefixes of names come first, since whoever wrote the network chose them; where
they say nothing, residuals, modules, depthwise units and changes of resolution do.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from mrt_studio.ir.block_cuts import Atom, Part, loose, pieces
from mrt_studio.ir.block_flow import Flow, components
from mrt_studio.ir.block_names import RANGE, describe, kind_of, tokens

SMALL = 12
"""A run of so many nodes needs no structure of its own."""
FLAT = 16
"""A whole model of so many nodes needs no blocks."""
MOST = 25
"""More children than this do not fit on a screen."""
GOOD = 16
"""Children a level where the number is free."""

Items = list[int | Part]


def tree(flow: Flow) -> Part:
    """The hierarchy of a flow; the root is no block."""
    nodes = list(range(len(flow.nodes)))
    if len(nodes) <= FLAT:
        return Part(list(nodes))
    paths = tokens([n.name for n in flow.nodes])
    root = Part(_wrapped(flow, _by_names(flow, paths, pieces(flow, nodes), 0)))
    if not root.parts:
        root.items = _by_pool(flow, root.items)
    describe(flow, root)
    _limit_all(flow, root)
    return root


def _by_names(flow: Flow, paths: Sequence[tuple[str, ...]], atoms: Sequence[Atom], level: int) -> Items:
    """Neighbours whose names share the token at `level`, and structure where there is none."""

    def token(atom: Atom) -> str:
        found = {paths[n][level] if len(paths[n]) > level else "" for n in _nodes(atom)}
        return found.pop() if len(found) == 1 else ""

    runs = [(name, list(run)) for name, run in itertools.groupby(atoms, token)]
    total = _count(atoms)
    if len(runs) == 1 and runs[0][0]:
        return _by_names(flow, paths, atoms, level + 1)
    items, rest = Items(), list[Atom]()
    for name, run in runs:
        count = _count(run)
        if not name or count < 3:
            rest += run
            continue
        items += _by_structure(flow, rest)
        rest = []
        inner = _by_names(flow, paths, run, level + 1) if count > SMALL else _by_structure(flow, run)
        items += inner if count > 0.7 * total and len(inner) > 2 else [_block(flow, inner, name)]
    return [*items, *_by_structure(flow, rest)]


def _block(flow: Flow, inner: Items, name: str) -> Part:
    """A block of that name; a sole part in it is the block itself."""
    only = inner[0] if len(inner) == 1 else None
    return Part(only.items if isinstance(only, Part) and not only.kind else _wrapped(flow, inner), name)


def _by_structure(flow: Flow, atoms: Sequence[Atom]) -> Items:
    """Units of residual bodies, modules and depthwise chains, and the plain nodes between them."""
    if _count(atoms) <= SMALL and sum(map(_is_segment, atoms)) < 2:
        return [item for atom in atoms for item in loose(atom)]
    items, plain = Items(), list[int]()
    after = 0
    for at, atom in enumerate(atoms):
        if at < after:
            continue
        if isinstance(atom, Part):
            items += [*_chain(flow, plain), atom]
            plain = []
        elif len(atom) == 1:
            plain += atom
        else:
            after = _unit_end(flow, atoms, at)
            unit = [n for a in atoms[at:after] for n in _nodes(a)]
            lead = _lead(flow, plain, unit)
            items += [*_chain(flow, plain[: len(plain) - lead]), Part([*plain[len(plain) - lead :], *unit])]
            plain = []
    return [*items, *_chain(flow, plain)]


def _unit_end(flow: Flow, atoms: Sequence[Atom], at: int) -> int:
    """A unit takes the cut node that joins its branches, and the activations behind it."""
    end = at + 1
    while end < len(atoms):
        atom = atoms[end]
        if isinstance(atom, Part) or len(atom) > 1 or (end > at + 1 and flow.category(atom[0]) not in ("activation", "quantize")):
            break
        end += 1
    return end


def _lead(flow: Flow, plain: Sequence[int], unit: Sequence[int]) -> int:
    """How many of the plain nodes in front belong to a unit.

    A module takes one convolution with what follows it, as fire modules have; a residual takes the normalisation and
    activation that both its ways start from.
    """
    if kind_of(flow, unit) != "inception":
        return len(plain) if all(flow.category(n) in ("norm", "activation") for n in plain) else 0
    for count, node in enumerate(reversed(plain), 1):
        if flow.category(node) == "conv":
            return count
        if flow.category(node) not in ("norm", "activation"):
            break
    return 0


def _chain(flow: Flow, plain: Sequence[int]) -> Items:
    """A chain without branches: depthwise units, if there are any."""
    if len(plain) <= SMALL // 2:
        return list(plain)
    heavy = [at for at, n in enumerate(plain) if flow.is_weighted(n)]
    deep = [at for at, h in enumerate(heavy) if flow.is_depthwise(plain[h])]
    return _depthwise(flow, plain, heavy, deep) if deep else list(plain)


def _depthwise(flow: Flow, plain: Sequence[int], heavy: Sequence[int], deep: Sequence[int]) -> Items:
    """Units of expand, depthwise and project, or of depthwise and pointwise; told apart by their distance."""
    gaps = [b - a for a, b in itertools.pairwise(deep)]
    lead = 1 if (gaps and min(gaps) == 3) or (not gaps and deep[0] == 1 and len(heavy) > 2) else 0
    length = 3 if lead else 2
    items, at = Items(), 0
    for centre in deep:
        first, end = centre - lead, centre - lead + length
        if first < 0 or heavy[first] < at or end > len(heavy):
            continue
        stop = _tail(flow, plain, heavy[end - 1])
        items += plain[at : heavy[first]]
        items.append(Part(list(plain[heavy[first] : stop])))
        at = stop
    return [*items, *plain[at:]]


def _tail(flow: Flow, plain: Sequence[int], last: int) -> int:
    """Where the normalisation and activation behind the last convolution end."""
    stop = last + 1
    while stop < len(plain) and flow.category(plain[stop]) in ("norm", "activation"):
        stop += 1
    return stop


def _wrapped(flow: Flow, items: Items) -> Items:
    """The same with the plain nodes before, between and after the parts as a stem, transitions and a head."""
    parts = [at for at, item in enumerate(items) if isinstance(item, Part)]
    if len(parts) < 2:
        return items
    found = Items()
    for is_part, run in itertools.groupby(items, lambda item: isinstance(item, Part)):
        members = list(run)
        if is_part or len(members) < 3:
            found += members
            continue
        kind = "stem" if not found else "head" if members[-1] is items[-1] else "transition"
        found.append(Part(members, kind if kind != "transition" or _changes(flow, members) else "part"))
    return found


def _changes(flow: Flow, members: Items) -> bool:
    return any(isinstance(m, int) and flow.is_strided(m) for m in members)


def _limit_all(flow: Flow, root: Part) -> None:
    stack = [root]
    while stack:
        part = stack.pop()
        part.items = _limited(flow, part.items)
        stack += [item for item in part.items if isinstance(item, Part)]


def _limited(flow: Flow, items: Items) -> Items:
    """At most `MOST` children: by branch, pool or resolution, then by runs of one kind, then in equal pieces."""
    for rule in (_by_branch, _by_pool, _by_resolution, _by_kind):
        if len(items) > MOST:
            items = rule(flow, items)
    return _evenly(items) if len(items) > MOST else items


def _by_branch(flow: Flow, items: Items) -> Items:
    """The branches of a module, up to the node that joins them."""
    nodes = [item for item in items if isinstance(item, int)]
    joins = [at for at, n in enumerate(nodes) if len(flow.reads[n]) > 1]
    if len(nodes) < len(items) or not joins:
        return items
    branches = components(flow, nodes[: joins[-1]])
    if not 1 < len(branches) < MOST:
        return items
    found = [Part(list(b), "branch", str(at)) for at, b in enumerate(branches, 1)]
    return [*(item for branch in found for item in ([branch] if len(branch.items) > 2 else branch.items)), *nodes[joins[-1] :]]


def _by_pool(flow: Flow, items: Items) -> Items:
    """Stages of a plain chain; each ends with a pool."""
    ends = [at + 1 for at, n in enumerate(items) if isinstance(n, int) and flow.category(n) == "pool" and at + 1 < len(items)]
    if not ends or any(isinstance(item, Part) for item in items):
        return items
    found = [_stage(flow, piece, at) for at, piece in enumerate(_split(items, ends), 1)]
    return [item for stage in found for item in ([stage] if len(stage.items) > 2 else stage.items)]


def _stage(flow: Flow, items: Items, number: int) -> Part:
    is_last = any(isinstance(n, int) and flow.category(n) == "dense" for n in items)
    return Part(items, "classifier") if is_last else Part(items, "stage", str(number))


def _by_resolution(flow: Flow, items: Items) -> Items:
    """Stages that begin where the picture becomes smaller."""
    starts = [at for at, item in enumerate(items) if at and any(flow.is_strided(n) for n in (item.nodes() if isinstance(item, Part) else [item]))]
    if not _fits(items, starts):
        return items
    found, count = Items(), 0
    for piece in _split(items, starts):
        count += len(piece) > 1
        found.append(piece[0] if len(piece) == 1 else Part(piece, "stage", str(count)))
    return found


def _by_kind(flow: Flow, items: Items) -> Items:
    """Runs of parts of one kind."""
    del flow
    kinds = [item.kind if isinstance(item, Part) else "" for item in items]
    starts = [at for at in range(1, len(items)) if kinds[at] != kinds[at - 1]]
    if not _fits(items, starts):
        return items
    return [item for at, piece in enumerate(_split(items, starts), 1) for item in (piece if len(piece) < 4 else [_range(piece, at)])]


def _evenly(items: Items) -> Items:
    """Equal pieces of neighbours, at most `MOST`; what is still too long is cut again when its turn comes."""
    count = max(2, min(GOOD, -(-len(items) // GOOD)))
    bounds = [round(i * len(items) / count) for i in range(1, count)]
    return [_range(piece, at) for at, piece in enumerate(_split(items, bounds), 1)]


def _range(items: Items, at: int) -> Part:
    """A stretch of neighbours: units 5 to 12 where they are of one kind, else part number `at`."""
    kinds = {item.kind if isinstance(item, Part) else "" for item in items}
    first, last = items[0], items[-1]
    if len(kinds) == 1 and isinstance(first, Part) and isinstance(last, Part) and first.kind and first.number and last.number:
        return Part(items, first.kind, f"{first.number.partition(RANGE)[0]}{RANGE}{last.number.rpartition(RANGE)[2]}")
    return Part(items, "part", str(at))


def _split(items: Sequence[int | Part], starts: Sequence[int]) -> list[Items]:
    return [list(items[a:b]) for a, b in itertools.pairwise([0, *starts, len(items)])]


def _fits(items: Sequence[int | Part], starts: Sequence[int]) -> bool:
    """Whether cutting there gives a useful number of pieces."""
    return 0 < len(starts) < min(MOST, len(items) // 2)


def _is_segment(atom: Atom) -> bool:
    return isinstance(atom, list) and len(atom) > 1


def _nodes(atom: Atom) -> list[int]:
    return atom.nodes() if isinstance(atom, Part) else atom


def _count(atoms: Sequence[Atom]) -> int:
    return sum(len(_nodes(atom)) for atom in atoms)
