"""KL divergence of a clipped histogram from its quantized form, three ways.

Each function gets counts and candidate numbers of bins, and returns the divergence of each candidate; infinite where
it is not defined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_EPS = 1e-4


def candidates(lowest: int, highest: int, most: int) -> Ints:
    """At most `most` evenly spread whole numbers from `lowest` to `highest`."""
    if highest <= lowest:
        return np.array([highest])
    return np.unique(np.linspace(lowest, highest, min(most, highest - lowest + 1)).round().astype(np.int64))


def tensorrt(counts: Floats, lengths: Ints, levels: int) -> Floats:
    """The divergences of a histogram of |x| [TensorRT: NVIDIA GTC 2017, S7310].

    Clipped counts go to the last bin; what is inside is merged to `levels` and spread over the filled bins.
    """
    return np.array([_entropy(_clipped(counts, n), _merged(counts[:n], np.arange(n) * min(levels, n) // n)) for n in lengths])


def quantization_mxnet(counts: Floats, lengths: Ints, levels: int) -> Floats:
    """The divergences of a histogram of |x| [Quantization.MXNet].

    As TensorRT's, but the merged counts are interpolated between the levels' middles.
    """
    found = list[float]()
    for n in lengths:
        level = np.arange(n) * min(levels, n) // n
        totals, sizes = np.bincount(level, counts[:n]), np.bincount(level)
        middles = np.cumsum(sizes) - (sizes + 1) / 2
        q = np.interp(np.arange(n), middles, totals / sizes) * (counts[:n] > 0)
        found.append(_entropy(_clipped(counts, n), q))
    return np.array(found)


def mxnet(counts: Floats, lengths: Ints, levels: int) -> Floats:
    """The divergences of a signed histogram [mxnet.contrib.quantization].

    It has an odd number of bins about zero, `lengths` are bins on each side, and zeros are smoothed.
    """
    middle = len(counts) // 2
    found = list[float]()
    for n in lengths:
        inside = counts[middle - n : middle + n + 1].copy()
        p = inside.copy()
        p[0] += counts[: middle - n].sum()
        p[-1] += counts[middle + n + 1 :].sum()
        inside[0] = 0  # MXNet's operator counts the lowest bin to what is clipped, and only that
        merged = len(inside) // levels
        level = np.minimum(np.arange(len(inside)) // max(merged, 1), levels - 1)
        filled = np.bincount(level, inside > 0, levels)
        totals = np.bincount(level, inside, levels)
        q = np.where(p > 0, np.divide(totals, filled, out=np.zeros(levels), where=filled > 0)[level], 0)
        found.append(_entropy(_smoothed(p), _smoothed(q)) if q.any() else np.inf)
    return np.array(found)


def _clipped(counts: Floats, n: int) -> Floats:
    p = counts[:n].copy()
    p[-1] += counts[n:].sum()
    return p


def _merged(counts: Floats, level: Ints) -> Floats:
    """Counts replaced by the mean over the filled bins of their level."""
    filled = np.bincount(level, counts > 0)
    means = np.bincount(level, counts) / np.maximum(filled, 1)
    return means[level] * (counts > 0)


def _smoothed(p: Floats) -> Floats:
    """Give empty bins a little and take it from the others."""
    empty = p == 0
    return p + np.where(empty, _EPS, -_EPS * empty.sum() / (~empty).sum())


def _entropy(p: Floats, q: Floats) -> float:
    """The sum of p ln(p/q) after both are made to sum to one; infinite where q is zero and p is not."""
    held = p > 0
    if not q.any() or (q[held] <= 0).any():
        return np.inf
    p, q = p[held] / p.sum(), q[held] / q.sum()
    return float((p * np.log(p / q)).sum())
