"""Sums of products that are too long for one accumulator: cut along the input channels and added.

The machine gives a sum of K products of eight bits 16 + bits(K) bits, and one more with a bias, of
32 [CVM]. So K is at most 65,535, or 32,767 with a bias. A longer sum becomes several, added at
sixteen bits each, the bias inside the first.
"""

from __future__ import annotations

import math

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Builder, Ref
from mrt_studio.ops.shared.layouts import part

LONGEST = (1 << 16) - 1
LONGEST_WITH_BIAS = (1 << 15) - 1


def too_long(count: int, x: tuple[Ref, ...]) -> bool:
    """Whether `count` products are too many for (data, weight[, bias])."""
    return count > (LONGEST_WITH_BIAS if len(x) == 3 else LONGEST)


def dense_parts(b: Builder, data: Ref, weight: Ref) -> list[tuple[Ref, Ref]]:
    """Parts of data (..., K) and weight (M, K) along K."""
    last = len(b.shape(data)) - 1
    return [(part(b, data, last, *span), part(b, weight, 1, *span)) for span in _spans(b.shape(weight)[1], LONGEST_WITH_BIAS)]


def convolution_parts(b: Builder, data: Ref, weight: Ref, groups: int) -> list[tuple[Ref, Ref]]:
    """Parts of data (N, C, H, W) and weight (O, C/groups, kh, kw) along each group's channels.

    Raises:
        UnsupportedError: one channel's window alone is too long.
    """
    (_, channels, height, width), (_, per_group, *kernel) = b.shape(data), b.shape(weight)
    step = LONGEST_WITH_BIAS // math.prod(kernel)
    if step == 0:
        raise UnsupportedError(
            f"The kernel {tuple(kernel)} is too large.",
            why=f"It adds more than {LONGEST_WITH_BIAS:,} products of one channel, which leave 32 bits.",
            remedy="Split the model in front of it.",
        )
    if groups > 1:
        data = b.op("Reshape", data, shape=(0, groups, channels // groups, height, width))
    found = list[tuple[Ref, Ref]]()
    for begin, end in _spans(per_group, step):
        piece = part(b, data, 1 if groups == 1 else 2, begin, end)
        if groups > 1:
            piece = b.op("Reshape", piece, shape=(0, groups * (end - begin), height, width))
        found.append((piece, part(b, weight, 1, begin, end)))
    return found


def added(b: Builder, terms: list[Ref], name: str) -> Ref:
    """The sum of two or more terms."""
    total = terms[0]
    for left, term in zip(reversed(range(len(terms) - 1)), terms[1:], strict=True):
        total = b.op("elemwise_add", total, term, name=None if left else name)
    return total


def _spans(count: int, step: int) -> list[tuple[int, int]]:
    return [(start, min(start + step, count)) for start in range(0, count, step)]
