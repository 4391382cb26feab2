"""Round weights so that the results of their layer change least, given what the layer sees.

A filter's error is e = (w - code / scale), and what it does to the results is e^T C e, with the covariance C of the
layer's input windows; the part of e that meets the mean of the windows is a constant, which the bias takes. So weights are
rounded one after the other, those that matter most first, and those still to come make up for the error so far: the
update is that of optimal brain surgeon with a fixed order [Frantar et al. 2022, "GPTQ", algorithm 1].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mrt_studio.fixedpoint import Rounding

Reals = NDArray[np.float64]

_BLOCK, _STEP = 1024, 64
"""Weights of a filter that are rounded together, of longer filters one piece after the other; and how many before the rest is updated."""
_DAMPING, _PER_SAMPLE = 0.01, 0.1
"""Share of the mean variance that is added to all: at least, and times weights over windows, since few windows say little."""


def round_to_data(weight: Reals, windows: NDArray[np.float32], limit: int) -> Reals:
    """Whole numbers near `weight`, at most `limit` in magnitude.

    Args:
        weight: (groups, filters, K) in units of one code.
        windows: (groups, n, K) what the filters of each group see.
        limit: the largest code.
    """
    parts = [slice(start, start + _BLOCK) for start in range(0, weight.shape[2], _BLOCK)]
    return np.concatenate([_rounded(weight[..., part], windows[..., part], limit) for part in parts], axis=2)


def _rounded(weight: Reals, windows: NDArray[np.float32], limit: int) -> Reals:
    centred = windows - windows.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    covariance = (centred.transpose(0, 2, 1) @ centred).astype(np.float64) / windows.shape[1]
    size = covariance.shape[1]
    diagonal = np.einsum("gkk->gk", covariance)
    mean = diagonal.mean(axis=1)
    damping = np.where(mean > 0, mean, 1.0) * (_DAMPING + _PER_SAMPLE * size / windows.shape[1])
    covariance = covariance + damping[:, None, None] * np.eye(size)
    order = np.argsort(-diagonal, axis=1, kind="stable")
    groups = np.arange(len(weight))[:, None]
    sorted_covariance = covariance[groups[:, :, None], order[:, :, None], order[:, None, :]]
    # Rows of the upper factor of the inverse: how the error of a weight is best spread over those behind it.
    factor = np.linalg.cholesky(np.linalg.inv(sorted_covariance)).transpose(0, 2, 1)
    left = np.take_along_axis(weight, order[:, None, :], axis=2)
    codes = np.empty_like(left)
    for start in range(0, size, _STEP):
        end = min(start + _STEP, size)
        errors = np.empty((*left.shape[:2], end - start))
        for k in range(start, end):
            codes[..., k] = np.clip(Rounding.HALF_AWAY.apply(left[..., k]), -limit, limit)
            error = errors[..., k - start] = (left[..., k] - codes[..., k]) / factor[:, None, k, k]
            left[..., k + 1 : end] -= error[..., None] * factor[:, None, k, k + 1 : end]
        left[..., end:] -= errors @ factor[:, start:end, end:]
    found = np.empty_like(codes)
    np.put_along_axis(found, np.broadcast_to(order[:, None, :], codes.shape), codes, axis=2)
    return found
