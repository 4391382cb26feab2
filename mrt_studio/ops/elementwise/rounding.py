"""Rounding to whole numbers: floor, ceil, round, rint, fix and trunc.

An integer X stands for X / s. A fraction A/B near 1/s makes the whole number of it an exact integer division: floor is
(X*A + M*B) div B - M, where M*B makes the numerator positive because the machine truncates toward zero. Where s is a
simple ratio, such as 127/3, A/B is 1/s itself. Otherwise A/B is the best fraction that fits, which moves a value x by about
x**2 * 2**-40 for tensors of 8 bits and x**2 * 2**-32 for 16 bits: only a value that near to a step may
fall on its other side. Tensors of more than 18 bits are rounded to 18 first.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Node, Ref
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.narrowing import narrow
from mrt_studio.ops.shared.unary import Unary

_DATA_BITS = 18
_FACTOR_BITS = 26
"""What X and 2*A have together: the numerator then has 30 bits at most, and the quotient less M 31."""
_LARGEST_DIVISOR = 1 << 24
_ALL_WHOLE = 2.0**16
"""From this threshold on x stays as it is: a step is less than 2**-16 of it."""


@dataclass(frozen=True)
class _Ratio:
    """x = X * multiplier / divisor."""

    multiplier: int
    divisor: int


def _ratio(x: Quantized, bits: int) -> _Ratio:
    most = min((1 << (_FACTOR_BITS - 1 - bits)) - 1, int(_LARGEST_DIVISOR / x.scale))
    found = Fraction(x.scale).limit_denominator(max(most, 1))
    # A divisor beyond the limit belongs to a tensor that never reaches one half; the limit says the same.
    return _Ratio(found.denominator, min(max(found.numerator, 1), _LARGEST_DIVISOR))


@dataclass(frozen=True, kw_only=True)
class ToWhole(Unary):
    """A rounding rule."""

    tolerance = 2.0**-16  # that of tensors beyond 2**16; below it the rule is exact for what the integers stand for
    samples = (Sample({}, ((2, 3, 4, 4),)), Sample({}, ((2, 3, 4),), low=-2.5, high=2.5), Sample({}, ((2, 50),), low=-127, high=127))

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Divide exactly; the result is at scale one."""
        del node
        data = narrow(q, x[0], _DATA_BITS)
        if data.threshold >= _ALL_WHOLE:
            return data
        return q.result(self.divide(q, data.ref, _ratio(data, q.bits(data.ref))), 1.0)

    @abstractmethod
    def divide(self, q: Lowering, x: Ref, ratio: _Ratio) -> Ref:
        """Emit the whole number near x * multiplier / divisor."""


@operator("floor")
class Floor(ToWhole):
    """The largest whole number that is not above x."""

    def divide(self, q: Lowering, x: Ref, ratio: _Ratio) -> Ref:
        """floor(XA / B)."""
        return _floor(q, x, ratio.multiplier, 0, ratio.divisor)


@operator("ceil")
class Ceil(ToWhole):
    """The smallest whole number that is not below x."""

    def divide(self, q: Lowering, x: Ref, ratio: _Ratio) -> Ref:
        """floor((XA + B - 1) / B)."""
        return _floor(q, x, ratio.multiplier, ratio.divisor - 1, ratio.divisor)


@operator("rint")
class Rint(ToWhole):
    """The nearest whole number, the lower one of two [MXNet]."""

    def divide(self, q: Lowering, x: Ref, ratio: _Ratio) -> Ref:
        """ceil(XA / B - 1/2) = floor((2XA + B - 1) / 2B)."""
        return _floor(q, x, 2 * ratio.multiplier, ratio.divisor - 1, 2 * ratio.divisor)


@operator("round")
class Round(ToWhole):
    """The nearest whole number, of two that farther from zero."""

    def divide(self, q: Lowering, x: Ref, ratio: _Ratio) -> Ref:
        """(2XA + sign(X) B) / 2B without its fraction."""
        sign = q.emit("cvm.cvm_clip", x, precision=2, hint="sign")
        half = _times(q, sign, ratio.divisor, "half")
        numerator = q.emit("cvm.broadcast_add", _times(q, x, 2 * ratio.multiplier, "numerator"), half, hint="numerator")
        return q.emit("cvm.broadcast_div", numerator, _number(q, 2 * ratio.divisor))


@operator("fix")
class Fix(ToWhole):
    """x without its fraction."""

    def divide(self, q: Lowering, x: Ref, ratio: _Ratio) -> Ref:
        """XA / B without its fraction."""
        return q.emit("cvm.broadcast_div", _times(q, x, ratio.multiplier, "numerator"), _number(q, ratio.divisor))


@operator("trunc")
class Trunc(Fix):
    """x without its fraction."""


def _floor(q: Lowering, x: Ref, factor: int, offset: int, divisor: int) -> Ref:
    """floor((x * factor + offset) / divisor) for an offset that is not negative."""
    below = math.ceil(int_range(q.bits(x)) * factor / divisor)
    numerator = q.emit("cvm.broadcast_add", _times(q, x, factor, "numerator"), _number(q, below * divisor + offset), hint="numerator")
    quotient = q.emit("cvm.broadcast_div", numerator, _number(q, divisor), hint="quotient")
    return q.emit("cvm.broadcast_sub", quotient, _number(q, below))


def _times(q: Lowering, x: Ref, factor: int, hint: str) -> Ref:
    return x if factor == 1 else q.emit("cvm.broadcast_mul", x, _number(q, factor), hint=hint)


def _number(q: Lowering, value: int) -> Ref:
    return q.constant("constant", np.array([value]))
