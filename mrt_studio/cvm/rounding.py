"""Round weights so that the results of their layer change least, given what the layer sees.

A filter's error is e = (w - code / scale), and what it does to the results is e^T C e, with the covariance C of the
layer's input windows; the part of e that meets the mean of the windows is a constant, which the bias takes. So weights are
rounded one after the other, those that matter most first, and those still to come make up for the error so far: the
update is that of optimal brain surgeon with a fixed order [Frantar et al. 2022, "GPTQ", algorithm 1]. Then codes are
moved one by one as long as that lowers the error [coordinate descent].

Short filters, such as those of depthwise convolutions, have few weights that could make up for each other. How well they are met
depends on luck, and so on the scale: a slightly smaller one has coarser steps, and may meet them better.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mrt_studio.fixedpoint import Rounding

Reals = NDArray[np.float64]

SHORT = 32
"""Weights of filters whose scale is worth choosing."""
_BLOCK, _STEP = 1024, 64
"""Weights of a filter that are rounded together, of longer filters one piece after the other; and how many before the rest is updated."""
_SWEEPS = 2
"""Over all codes of a filter, at most, of coordinate descent."""
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
    return np.concatenate([_rounded(weight[..., part], _covariance(windows[..., part]), limit) for part in parts], axis=2)


def round_at_best_scale(weight: Reals, windows: NDArray[np.float32], scales: Reals, limit: int) -> tuple[Reals, NDArray[np.int64]]:
    """Whole numbers near `weight` times one of the scales, for each filter the one that changes its results least.

    Args:
        weight: (groups, filters, K) with K at most `SHORT`.
        windows: (groups, n, K).
        scales: (n, groups, filters) codes to one.
        limit: the largest code.

    Returns:
        The codes, and the numbers of the scales (groups, filters).
    """
    covariance, factors = _covariance(windows), scales.transpose(1, 2, 0)[..., None]
    groups, filters, size = weight.shape
    units = weight[:, :, None] * factors
    codes = _rounded(units.reshape(groups, -1, size), covariance, limit).reshape(units.shape)
    errors = ((codes - units) / factors).reshape(groups, -1, size)
    noise = ((errors @ covariance) * errors).sum(axis=2).reshape(groups, filters, -1)
    best = noise.argmin(axis=2)
    return np.take_along_axis(codes, best[..., None, None], axis=2)[:, :, 0], best


def _covariance(windows: NDArray[np.float32]) -> Reals:
    """(groups, K, K) with damping, so that it has an inverse."""
    centred = windows - windows.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    covariance = (centred.transpose(0, 2, 1) @ centred).astype(np.float64) / windows.shape[1]
    size = covariance.shape[1]
    mean = np.einsum("gkk->gk", covariance).mean(axis=1)
    damping = np.where(mean > 0, mean, 1.0) * (_DAMPING + _PER_SAMPLE * size / windows.shape[1])
    return np.asarray(covariance + damping[:, None, None] * np.eye(size))


def _rounded(weight: Reals, covariance: Reals, limit: int) -> Reals:
    size, diagonal = covariance.shape[1], np.einsum("gkk->gk", covariance)
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
    return _descended(weight, found, covariance, limit)


def _descended(weight: Reals, codes: Reals, covariance: Reals, limit: int) -> Reals:
    """Move each code to where the error is least, the others as they are."""
    diagonal = np.einsum("gkk->gk", covariance)
    slope = (weight - codes) @ covariance
    for _ in range(_SWEEPS):
        before = codes.copy()
        for k in range(codes.shape[2]):
            move = np.clip(codes[..., k] + Rounding.HALF_AWAY.apply(slope[..., k] / diagonal[:, None, k]), -limit, limit) - codes[..., k]
            if move.any():
                codes[..., k] += move
                slope -= move[..., None] * covariance[:, None, k]
        if np.array_equal(before, codes):
            break
    return codes
