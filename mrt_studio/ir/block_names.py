"""What a block is called: words from the names of its nodes, else what its structure is known as."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from mrt_studio.ir.block_cuts import Part
from mrt_studio.ir.block_flow import Flow

WORDS = {
    "stage": "stage",
    "unit": "unit",
    "block": "block",
    "layer": "layer",
    "group": "group",
    "linearbottleneck": "inverted residual",
    "invertedresidual": "inverted residual",
    "bottleneck": "unit",
    "denseblock": "dense block",
    "denselayer": "layer",
    "transition": "transition",
    "fire": "fire",
    "inception": "inception",
    "mixed": "inception",
    "branch": "branch",
    "tower": "branch",
    "head": "head",
    "stem": "stem",
}
"""Words in names, and what the blocks are called."""

PLAIN = ("transition", "part", "classifier")
DETECTORS = {"ssd": "SSD head", "yolo": "YOLO head"}
"""Texts in the names of a head, and what the head is called."""

PLURALS = {"inception": "inception modules", "fire": "fire modules", "branch": "branches", "separable": "separable convolutions"}
RANGE = "\u2013"
"""Between the first and the last number of a range."""

_SPLIT = re.compile(r"[_./]+")
_WORD = re.compile(r"([A-Za-z]*?)(\d*)\Z")
_SHORT = re.compile(r"([A-Za-z]|[A-Za-z]?\d+[a-z]?)\Z")
_SUFFIXES = frozenset({"fwd", "output", "output0"})
_LONGEST = 8


def tokens(names: Sequence[str]) -> list[tuple[str, ...]]:
    """For each name its prefix as tokens, without the part that all names share and without the operator's own token."""
    paths = [[t for t in _SPLIT.split(name) if t] for name in names]
    paths = [path[:-1] if len(path) > 1 and path[-1] in _SUFFIXES else path for path in paths]
    shared = sum(1 for _ in itertools.takewhile(lambda column: len(set(column)) == 1, zip(*paths, strict=False)))
    return [tuple(path[shared:-1][:_LONGEST]) for path in paths]


def word(token: str) -> tuple[str, str]:
    """A token as the kind it stands for and its number: ``stage3`` is stage 3; an unknown word is all number."""
    match = _WORD.match(token)
    kind = WORDS.get(match[1].lower(), "") if match else ""
    return (kind, match[2]) if match and kind else ("", token)


def describe(flow: Flow, part: Part) -> None:
    """Set kind and number of all parts in a part, from their tokens, their structure and what they hold."""
    for inner in part.parts:
        describe(flow, inner)
        inner.kind, inner.number = _described(flow, inner)
    many, seen = Counter(inner.kind for inner in part.parts), Counter[str]()
    for inner in part.parts:
        seen[inner.kind] += 1
        if not inner.number and many[inner.kind] > 1:
            inner.number = str(seen[inner.kind])


def label(part: Part) -> str:
    """The words of a part: ``stage 3``, ``units 5 to 12`` with a dash, or the token itself."""
    kind = PLURALS.get(part.kind, f"{part.kind}s") if RANGE in part.number else part.kind
    return f"{kind} {part.number}".strip()


def noun(text: str) -> str:
    """The kind in a label."""
    words = list(itertools.takewhile(lambda w: not any(c.isdigit() for c in w), text.split()))
    return " ".join(words) if 0 < len(words) < len(text.split()) else ""


def plural(kind: str, count: int) -> str:
    """So many of a kind: ``3 units``, ``1 node``."""
    return f"1 {kind}" if count == 1 else f"{count:,} {PLURALS.get(kind, kind + 's')}"


def kind_of(flow: Flow, nodes: Sequence[int]) -> str:
    """What a stretch of nodes is known as by its structure; empty when it is nothing special."""
    inside = set(nodes)
    joins = [n for n in nodes if len(flow.reads[n]) > 1]
    depthwise = any(flow.is_depthwise(n) for n in nodes)
    if joins:
        if flow.category(joins[-1]) != "shape":
            return "inverted residual" if depthwise else "unit"
        return "layer" if any(s not in inside for s in flow.reads[joins[-1]]) else "inception"
    if depthwise:
        return {2: "separable", 3: "inverted residual"}.get(sum(map(flow.is_weighted, nodes)), "")
    return ""


def _described(flow: Flow, part: Part) -> tuple[str, str]:
    """Kind and number: from words that are known, else from the structure, else the token is the whole label."""
    kind, number = word(part.kind)
    inner = Counter(p.kind for p in part.parts).most_common(1)
    if part.number:
        return part.kind, part.number
    if kind in ("stage", "block") and inner and inner[0][0] == "layer":
        kind = "dense block"
    elif kind == "head":
        kind = _head_kind(flow, part)
    elif part.kind in PLAIN:
        kind, number = part.kind, ""
    return (kind, number) if kind else _known(flow, part, number)


def _known(flow: Flow, part: Part, token: str) -> tuple[str, str]:
    """What the structure is known as; a token that is a mere number or letter counts it, another one is the label."""
    known = kind_of(flow, part.nodes()) if not part.parts or _SHORT.match(token) else ""
    if known == "inception":
        known = "head" if _is_rearranged(flow, part) else "fire" if _is_fire(flow, part) else known
    if token and not _SHORT.match(token):
        return token, ""
    return known or ("classifier" if _has_dense(flow, part) else "part"), token


def _head_kind(flow: Flow, part: Part) -> str:
    names = " ".join(flow.nodes[n].name.lower() for n in part.nodes()[:50])
    known = next((shown for text, shown in DETECTORS.items() if text in names), "")
    return known or ("classifier" if _has_dense(flow, part) else "head")


def _has_dense(flow: Flow, part: Part) -> bool:
    return any(flow.category(n) == "dense" for n in part.nodes())


def _is_rearranged(flow: Flow, part: Part) -> bool:
    """Rows that are reshaped, sliced or reduced before they are joined: a detector's scores and boxes, no module of a trunk."""
    return any(flow.category(n) == "reduce" or (flow.category(n) == "shape" and len(flow.reads[n]) < 2) for n in part.nodes())


def _is_fire(flow: Flow, part: Part) -> bool:
    """One convolution that squeezes, two that expand."""
    return sum(map(flow.is_weighted, part.nodes())) == 3
