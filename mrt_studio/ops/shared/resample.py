"""Bring images to another size by one matrix for each axis: what resizing and adaptive averages share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Array, Builder, Ref
from mrt_studio.ops.shared.made import MOST_MADE


def resample(b: Builder, x: Ref, size: tuple[int, ...], weights: Callable[[int, int], Array], name: str) -> Ref:
    """Bring x (N, C, H, W) to `size`: rows x columns^T for each channel, as a dense layer for each axis that changes.

    Each layer takes eight bits, so a fraction such as 1/4 is off by up to 1/254 of the largest weight.

    Args:
        b: the builder.
        x: the data.
        size: height and width of the result.
        weights: for an axis of `before` and `after` elements the matrix (after, before).
        name: that of the last operator.

    Raises:
        UnsupportedError: a matrix is too large.
    """
    high, wide = (_matrix(before, after, weights) for before, after in zip(b.shape(x)[2:], size, strict=True))
    if wide is not None:
        x = _along_last(b, x, wide, name if high is None else None)
    if high is None:
        return x
    turned = _along_last(b, b.op("transpose", x, axes=(0, 1, 3, 2)), high, None)
    return b.op("transpose", turned, name=name, axes=(0, 1, 3, 2))


def _matrix(before: int, after: int, weights: Callable[[int, int], Array]) -> Array | None:
    """The matrix, or None where the axis stays as it is."""
    if before * after > MOST_MADE:
        raise UnsupportedError(
            f"An axis of {before} elements cannot be resized to {after}.",
            why=f"It takes a matrix of {before * after:,} elements; the limit is {MOST_MADE:,}.",
            remedy="Resize the input outside of the model.",
        )
    matrix = weights(before, after)
    return None if before == after and (matrix == np.eye(before)).all() else matrix


def _along_last(b: Builder, x: Ref, matrix: Array, name: str | None) -> Ref:
    weight = b.param("matrix", matrix.astype(np.float32))
    return b.op("FullyConnected", x, weight, name=name, num_hidden=len(matrix), no_bias=True, flatten=False)
