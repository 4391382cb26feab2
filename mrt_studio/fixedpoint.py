"""Exact integer arithmetic: bit widths, ranges, rounding rules and dyadic scales.

A *precision* of p bits means signed and symmetric: |x| <= 2**(p-1) - 1. A *scale* is a multiplier:
integer = real * scale. Formulas marked [MRT] are those of Cortex's Model Representation Tool, those
marked [CVM] the rules of the Cortex virtual machine.
"""

from __future__ import annotations

import enum
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

INT32_BITS = 32
_BELOW_HALF = np.nextafter(0.5, 0)
_PIECE = 1 << 15


class Rounding(enum.Enum):
    """The rounding rules that meet in this project; they differ only on ties."""

    HALF_AWAY = "half away from zero"  # mxnet.nd.round, MRT's parameters
    HALF_UP = "half toward plus infinity"  # the machine's right shift
    HALF_EVEN = "half to even"  # numpy, Python, MRT's dyadic fraction
    TRUNCATE = "toward zero"  # MRT's clip bounds, C casts

    def apply(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Round an array of float64; the result is integral, still float64."""
        if self is Rounding.HALF_AWAY:
            # Adding the float below one half instead of one half keeps 0.49999999999999994 at zero, and ties still go up.
            return np.trunc(x + np.copysign(_BELOW_HALF, x))
        if self is Rounding.HALF_UP:
            whole = np.floor(x)
            return whole + (x - whole >= 0.5).astype(np.float64)
        if self is Rounding.HALF_EVEN:
            return np.rint(x)
        return np.trunc(x)


def int_range(precision: int) -> int:
    """The largest magnitude of a signed number of `precision` bits: 2**(p-1) - 1."""
    return (1 << (precision - 1)) - 1


def count_bits(k: int) -> int:
    """Bits needed to count to `k`: floor(log2 k) + 1, which a sum of k terms adds [CVM rb]."""
    return int(k).bit_length()


def bits_for(magnitude: float) -> int:
    """The signed precision that holds `magnitude`: ceil(log2(|x| + 1)) + 1 [MRT get_bit].

    Exact for integers of any size. A product such as threshold * (127 / threshold) may miss its
    integer by an ulp, which must not cost a bit: within 1e-9 of an integer counts as that integer.
    """
    x = abs(magnitude)
    nearest = round(x)
    if abs(x - nearest) <= 1e-9 * max(1, nearest):
        return nearest.bit_length() + 1
    return max(1, math.ceil(math.log2(x + 1))) + 1


def scale_for(threshold: float, precision: int) -> float:
    """The multiplier that maps `threshold` to the largest code: (2**(p-1) - 1) / threshold [MRT]."""
    return int_range(precision) / threshold if threshold > 0 else 1.0


class Dyadic(NamedTuple):
    """A scale frac * 2**exp that integers can multiply by and shift."""

    frac: int
    exp: int

    @property
    def value(self) -> float:
        """The real number it stands for."""
        return math.ldexp(self.frac, self.exp)


def dyadic(ratio: float, bits: int) -> Dyadic:
    """Approximate `ratio` >= 0 by frac * 2**exp with a signed fraction of at most `bits` bits [MRT cvm_float].

    The ratio is normalised to [1, 2) and doubled at most bits - 2 times or until it is integral;
    the fraction is rounded half to even and capped at 2**(bits-1) - 1.

    Raises:
        ValueError: the ratio is negative or not finite, or fewer than two bits are given.
    """
    if not math.isfinite(ratio) or ratio < 0 or bits < 2:
        raise ValueError(f"no dyadic number of {bits} bits is near {ratio}")
    if ratio == 0:
        return Dyadic(0, 0)
    mantissa, exponent = math.frexp(ratio)
    mantissa, exponent = mantissa * 2, exponent - 1
    for _ in range(bits - 2):
        if mantissa == int(mantissa):
            break
        mantissa, exponent = mantissa * 2, exponent - 1
    return Dyadic(min(round(mantissa), int_range(bits)), exponent)


def quantize_array(x: NDArray[Any], scale: float, precision: int) -> NDArray[Any]:
    """round(x * scale), half away from zero, clipped to `precision` bits [MRT int_realize], in the narrowest type.

    Works through the array in pieces that stay in the cache.
    """
    limit = int_range(precision)
    out = np.empty(x.size, narrowest_dtype(precision))
    flat = x.reshape(-1)
    for start in range(0, flat.size, _PIECE):
        scaled = flat[start : start + _PIECE].astype(np.float64) * scale
        out[start : start + _PIECE] = np.clip(Rounding.HALF_AWAY.apply(scaled), -limit, limit)
    return out.reshape(x.shape)


def narrowest_dtype(precision: int) -> np.dtype[Any]:
    """The width the machine stores numbers of `precision` bits in: int8 up to eight, int32 above [CVM]."""
    return np.dtype(np.int8) if precision <= 8 else np.dtype(np.int32)
