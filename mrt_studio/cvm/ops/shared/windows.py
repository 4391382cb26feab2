"""Sliding windows over images: what conv2d and max_pool2d share."""

from __future__ import annotations

from typing import Any

from numpy.lib import stride_tricks

from mrt_studio.ir.graph import Array, Shape

_view: Any = stride_tricks.sliding_window_view  # numpy 1.23's stubs do not know two axes


def windows(x: Array, size: Shape) -> Array:
    """All windows (N, C, H - h + 1, W - w + 1, h, w) of x (N, C, H, W), without copying."""
    return _view(x, size, axis=(2, 3))
