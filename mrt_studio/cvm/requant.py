"""Requantization: shift where there are too many bits, then multiply and shift.

A tensor at scale s with p bits is brought to at most `precision` bits:

1. Where it has too many bits it is narrowed; the two requantizers differ in what they call too many.
2. If a scale is asked for, or still too many bits are left: multiply by a dyadic fraction with as many
   bits as INT32 has room for, and shift (rounding half up) or limit to `precision`.
3. Otherwise it stays as it is.

`ShiftMultiply` [MRT requant_operator] shifts down to `precision` bits where the threshold needs more than `shift_bits`
bits too many. The scale then is what the shift leaves, so that up to half of the codes stay unused.
`GuardBits` shifts down to 17 bits only, which leaves 15 to the multiplier: a scale is met within 2**-14, all codes are
used, and a result of eight bits is rounded once but for 2**-9 of its step.

A threshold below half of the tensor's integer step makes it all zeros.

The machine has no working left shift, so a positive exponent goes into the multiplier. Shifts stay at most
30 (back ends differ beyond), which shortens the fraction of very small ratios.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from mrt_studio.cvm.emitter import Emitter
from mrt_studio.cvm.ops.cvm_right_shift import MAX_SHIFT
from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import INT32_BITS, Dyadic, bits_for, dyadic, narrowest_dtype, scale_for
from mrt_studio.ir.graph import Ref
from mrt_studio.ops.lowering import Quantized

GUARDED_BITS = 17
"""Bits of what a multiplier of 15 bits may multiply."""


@dataclass(frozen=True)
class Step:
    """One requantization that was emitted: value * frac * 2**-shift, limited to `precision` bits."""

    source: str
    target: str
    frac: int
    shift: int
    precision: int
    scale: float


class Requantizer(ABC):
    """Brings tensors to fewer bits, and to scales."""

    @abstractmethod
    def _narrow(self, e: Emitter, x: Quantized, precision: int, steps: list[Step]) -> Quantized:
        """The tensor with few enough bits to be multiplied."""

    def apply(self, e: Emitter, x: Quantized, precision: int, scale: float | None) -> tuple[Quantized, list[Step]]:
        """Bring `x` to `precision` bits and, if given, to the nearest realisable `scale`.

        Raises:
            QuantizationError: no multiplier fits beside the bits that x has.
        """
        if x.threshold == 0 or x.precision == 1:  # x is all zeros, at every scale; see zero_scale
            return replace(x, scale=zero_scale(precision) if scale is None else scale), []
        if x.threshold * x.scale < 0.5:  # every code rounds to zero at this threshold
            return _zeros(e, x, precision, scale), []
        target = scale_for(x.threshold, precision) if scale is None else scale
        steps = list[Step]()
        x = self._narrow(e, x, precision, steps)
        if scale is None and x.precision <= precision:
            return x, steps
        factor = _fraction(target / x.scale, x)
        if factor.frac == 0:  # all of x rounds to zero at the scale that is asked for
            return _zeros(e, x, precision, target), steps
        return self._rescale(e, x, factor, precision, steps), steps

    def _rescale(self, e: Emitter, x: Quantized, factor: Dyadic, precision: int, steps: list[Step]) -> Quantized:
        frac, shift = factor.frac << max(factor.exp, 0), max(-factor.exp, 0)
        ref = x.ref
        if frac > 1:
            bits = bits_for(frac)
            constant = e.builder.param("factor", np.full((1,), frac, narrowest_dtype(bits)), precision=bits)
            ref = e.emit_helper("cvm.broadcast_mul", ref, constant, hint="mul")
        return self._shift(e, x, ref, frac, shift, precision, steps)

    def _shift(self, e: Emitter, x: Quantized, ref: Ref, frac: int, shift: int, precision: int, steps: list[Step]) -> Quantized:
        """Divide `ref`, which is `x` times `frac`, by 2**shift, or only limit it where there is nothing to shift."""
        if shift:
            # Where the bits of x and the precision leave no room to round up, the CPU back end does not limit: cvm_clip does.
            more = int(frac == 1 and e.bits(ref) == INT32_BITS == precision + shift)
            ref = e.emit_helper("cvm.cvm_right_shift", ref, hint="shift", precision=precision + more, shift_bit=shift)
        if e.bits(ref) > precision:
            ref = e.emit_helper("cvm.cvm_clip", ref, hint="clip", precision=precision)
        scale = x.scale * frac / (1 << shift)
        steps.append(Step(x.ref.name, ref.name, frac, shift, e.bits(ref), scale))
        return Quantized(ref, scale, e.bits(ref), x.threshold)


@dataclass(frozen=True)
class ShiftMultiply(Requantizer):
    """The requantizer of recipe mrt_v3; `shift_bits` is MRT's option of that name."""

    shift_bits: int = 5

    def _narrow(self, e: Emitter, x: Quantized, precision: int, steps: list[Step]) -> Quantized:
        # A threshold far beyond what x can reach would ask for more than one shift can do.
        excess = min(bits_for(x.threshold * x.scale) - precision, MAX_SHIFT)
        if excess <= self.shift_bits:
            return x
        bits = min(x.precision, max(INT32_BITS - 1, bits_for(x.threshold * x.scale)))  # of 32 bits back ends differ
        return self._shift(e, x, x.ref, 1, excess, max(bits - excess, 1), steps)


@dataclass(frozen=True)
class GuardBits(Requantizer):
    """The requantizer of recipe cvm_accurate."""

    def _narrow(self, e: Emitter, x: Quantized, precision: int, steps: list[Step]) -> Quantized:
        limit = max(GUARDED_BITS, precision)
        if x.precision <= limit:
            return x
        need = min(bits_for(x.threshold * x.scale), x.precision)
        excess = max(need - limit, 0)
        return self._shift(e, x, x.ref, 1, excess, need - excess, steps)


def _zeros(e: Emitter, x: Quantized, precision: int, scale: float | None) -> Quantized:
    """Zeros in the shape of `x`, at the scale that was asked for."""
    zeros = e.emit_helper("cvm.cvm_clip", x.ref, hint="zero", precision=1)
    return Quantized(zeros, zero_scale(precision) if scale is None else scale, 1, 0.0)


def zero_scale(precision: int) -> float:
    """The scale of a tensor of zeros: that of a threshold of one, so that a bias beside it keeps its digits and fits."""
    return scale_for(1.0, precision)


def _fraction(ratio: float, x: Quantized) -> Dyadic:
    room = INT32_BITS - x.precision
    if room < 2:
        raise QuantizationError(
            f"The tensor {x.ref.name!r} has {x.precision} bits, which leave no room for a multiplier in INT32.",
            where=x.ref.name,
            remedy="Lower shift_bits, so that it is shifted right first, or lower its threshold.",
        )
    factor = dyadic(ratio, room)
    if factor.exp < -MAX_SHIFT:
        factor = Dyadic(round(ratio * 2**MAX_SHIFT), -MAX_SHIFT)
    if bits_for(factor.frac) + max(factor.exp, 0) > room:
        raise QuantizationError(
            f"The threshold of {x.ref.name!r} is only {x.threshold * x.scale:.2g} of its integer step, too little to be brought to another scale.",
            where=x.ref.name,
            remedy=f"Raise the threshold of {x.ref.name!r}, or set it to 0 if the tensor does not matter.",
        )
    return factor
