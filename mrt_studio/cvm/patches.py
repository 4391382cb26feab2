"""What the filters of a layer see: samples of the windows of its input, as rows of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.ir.graph import Array
from mrt_studio.ops.layers.convolution import Convolution
from mrt_studio.ops.layers.fully_connected import FullyConnected

_FEWEST, _MOST = 2048, 4096
_PER_WEIGHT = 4
"""Windows for each weight of a filter, between the two bounds: enough for a covariance that can be trusted."""


def patches(op: Any, x: Array) -> NDArray[np.float32]:
    """Windows of the data x as (groups, windows, weights of a filter), zeros where a window reaches over the border.

    Where there are very many windows a part of them is drawn, always the same.
    """
    if isinstance(op, FullyConnected):
        return x.reshape(1, -1, x.shape[-1]) if not op.flatten else x.reshape(1, len(x), -1)
    return _windows(op, x)


def _windows(op: Convolution, x: Array) -> NDArray[np.float32]:
    samples, channels = x.shape[:2]
    padded = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in op.pad)))
    reach = [d * (k - 1) + 1 for d, k in zip(op.dilate, op.kernel, strict=True)]
    high, wide = ((size - r) // s + 1 for size, r, s in zip(padded.shape[2:], reach, op.stride, strict=True))
    weights = channels // op.num_group * op.kernel[0] * op.kernel[1]
    total, wanted = samples * high * wide, min(max(_PER_WEIGHT * weights, _FEWEST), _MOST)
    at = np.arange(total) if total <= wanted else np.sort(np.random.default_rng(0).choice(total, wanted, replace=False))
    sample, place = np.divmod(at, high * wide)
    row, column = np.divmod(place, wide)
    rows = row[:, None] * op.stride[0] + np.arange(op.kernel[0]) * op.dilate[0]
    columns = column[:, None] * op.stride[1] + np.arange(op.kernel[1]) * op.dilate[1]
    found = padded[sample[:, None, None, None], np.arange(channels)[:, None, None], rows[:, None, :, None], columns[:, None, None, :]]
    return found.reshape(len(at), op.num_group, weights).transpose(1, 0, 2)
