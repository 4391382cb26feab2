"""Weights with one scale for each output channel, and the multipliers that bring the accumulators to one scale.

The accumulators of channel c have the scale s * w[c], with the scale s of the data and w[c] of the channel's weights. They
are brought to at most 17 bits by a shift `before`, multiplied by an integer factor[c] of at most 15 bits, and shifted by
`after`, both for all channels. Factors are chosen first, so that each channel nearly fills its eight bits:

    w[c] = scale * 2**(before + after) / (s * factor[c])

Then s * w[c] * factor[c] is the same number for all channels: the multipliers add no error of scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mrt_studio.fixedpoint import bits_for, count_bits, int_range, scale_for
from mrt_studio.ir.graph import Array

ACCUMULATOR_BITS, FACTOR_BITS = 17, 15
"""Together INT32."""
SLACK = 1
"""Bits of the accumulators and of the results that are left above the threshold, which other data than those of the calibration may exceed."""
_MOST_AFTER = 30
_FEWEST = 12
"""Bits that accumulators always may have."""
Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """Per output channel (O,) the largest scale that its weights can have, and the largest magnitude of its results."""

    scales: Reals
    reach: Reals

    def bits(self, scale: float) -> int:
        """Bits that accumulators need, where data of this scale meet weights of the largest scales."""
        return bits_for(float((self.reach * self.scales).max()) * scale)

    def balanced(self, scale: float, products: float) -> Limits:
        """Scales whose accumulators need no more bits than is good for all channels together.

        Where a channel has small weights beside its bias, its accumulators are large, and all are shifted right as far as it
        needs. So the limit is the number of bits at which rounding weights and shifting make the least noise, over the largest
        result of each channel and summed over all.

        Args:
            scale: of the data.
            products: what rounding a filter's weights changes its results by, root mean square, in steps of its accumulators.
        """
        peaks, most = self.reach * self.scales * scale, self.bits(scale)
        if most <= ACCUMULATOR_BITS:
            return self
        used = peaks[peaks > 0]

        def noise(bits: int) -> float:
            return (products**2 + 4.0 ** (bits - ACCUMULATOR_BITS)) * float((np.minimum(used, int_range(bits)) ** -2.0).sum())

        largest = int_range(min(range(_FEWEST, most + 1), key=noise))
        return replace(self, scales=self.scales * (largest / np.maximum(peaks, largest)))


@dataclass(frozen=True)
class Unified:
    """The plan above; `scales` are w (O,), and `scale` is that of the result."""

    scales: Reals
    factors: NDArray[np.int64]
    before: int
    after: int
    scale: float

    def alternatives(self, count: int) -> Unified:
        """As many plans, with scales and factors (count, O): the filters may have scales that are up to a third smaller."""
        grown = np.ceil(self.factors * np.linspace(1, 1.5, count)[:, None]).astype(np.int64)
        factors = np.minimum(grown, int_range(FACTOR_BITS))
        return replace(self, scales=self.scales * self.factors / factors, factors=factors)

    def taken(self, numbers: NDArray[np.int64]) -> Unified:
        """Of `alternatives` the plan in which each filter has the one of that number (O,)."""
        scales, factors = (np.take_along_axis(array, numbers[None], axis=0)[0] for array in (self.scales, self.factors))
        return replace(self, scales=scales, factors=factors)


def limits_of(weight: Array, bias: Array, *, largest: float, threshold: float, scale: float) -> Limits:
    """The limits of a layer.

    Args:
        weight: (O, ...), already cut at its threshold.
        bias: (O,), zeros where there is none.
        largest: magnitude of the data.
        threshold: that of the results, which may exceed it by `SLACK` bits.
        scale: of the data; biases may not exceed what products can reach, which would cost bits.
    """
    flat = abs(weight.reshape(len(weight), -1).astype(np.float64))
    top, sums, offset = flat.max(axis=1), flat.sum(axis=1), abs(bias.astype(np.float64))
    most_bias = float(1 << (14 + count_bits(flat.shape[1])))
    with np.errstate(divide="ignore"):
        scales = np.minimum(int_range(8) / top, most_bias / (offset * scale))
    known = np.isfinite(scales)
    # A channel of zeros has any scale: that of the others costs nothing.
    scales = np.where(known, scales, scales[known].min(initial=np.inf) if known.any() else 1.0)
    return Limits(scales, np.minimum(largest * sums + offset, math.ldexp(threshold, SLACK)))


def unify(limits: Limits, scale: float, threshold: float) -> Unified:
    """Choose factors and shifts for data of this scale and results of this threshold."""
    before = max(limits.bits(scale) - ACCUMULATOR_BITS, 0)
    # The threshold has 16 bits: eight more than its next consumer takes, at a power of two times its scale.
    wanted = scale_for(threshold, 8) * (1 << (ACCUMULATOR_BITS - SLACK - 8))
    least = math.ldexp(scale * float(limits.scales.min()), -before)
    most = least * int_range(FACTOR_BITS)
    after = min(max(math.floor(math.log2(most / wanted)), 1), _MOST_AFTER)
    common = min(math.ldexp(wanted, after), most)
    exact = common / np.ldexp(scale * limits.scales, -before)
    factors = np.clip(np.ceil(exact * (1 - 1e-12)), 1, int_range(FACTOR_BITS))
    return Unified(np.ldexp(common / (scale * factors), before), factors.astype(np.int64), before, after, math.ldexp(common, -after))
