"""Which weights of a convolution lie inside the input at each place of the result, and their sums.

The places along an axis fall into few classes: those whose window is whole, and some at both ends. So sums for all
places are a small table with one row a class, and the class of each place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


class Windows(NamedTuple):
    """Per place along height (oh, kh) and width (ow, kw), whether each tap of the kernel is inside the input."""

    rows: Mask
    columns: Mask


class BorderSums(NamedTuple):
    """Sums (O, classes of rows, classes of columns), and the class of each row (oh) and column (ow)."""

    sums: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


def taps_inside(size: int, kernel: int, stride: int, pad: int, dilate: int) -> Mask:
    """For each place along an axis of `size` (places, kernel), whether a tap is inside."""
    places = (size + 2 * pad - (dilate * (kernel - 1) + 1)) // stride + 1
    at = np.arange(places)[:, None] * stride - pad + np.arange(kernel) * dilate
    return (at >= 0) & (at < size)


def border_sums(weight: NDArray[np.int64], windows: Windows) -> BorderSums:
    """Sums of the integer weights (O, C, kh, kw) inside the input."""
    (rows, row_class), (columns, column_class) = (np.unique(mask, axis=0, return_inverse=True) for mask in windows)
    sums = np.einsum("okl,ik,jl->oij", weight.sum(axis=1), rows.astype(np.int64), columns.astype(np.int64))
    return BorderSums(sums, row_class, column_class)
