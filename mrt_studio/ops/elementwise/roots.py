"""Roots and reciprocals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.powers import magnitude_power, signed, where_positive
from mrt_studio.ops.shared.unary import Unary

_POSITIVE = (Sample({}, ((2, 3, 5, 4),), low=0.3, high=5.0), Sample({}, ((2, 7),), low=20.0, high=3000.0))
_ODD = (Sample({}, ((2, 3, 5, 4),), low=0.3, high=5.0), Sample({}, ((2, 7),), low=-60.0, high=-0.5))


@dataclass(frozen=True, kw_only=True)
class Root(Unary):
    """A fixed power of x."""

    exponent: ClassVar[float]
    odd: ClassVar[bool]
    """Whether the power of a negative number is that of its magnitude, negated; it is not a number otherwise, and 0 in integers."""
    tolerance = 5e-4  # |exponent| * 2**-12 from the mantissa's steps, 2**-15 for each table

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The power of the magnitude, and the sign; 0 where x is 0."""
        data, power, scale = magnitude_power(q, x[0], self.exponent, q.threshold(node.name))
        return q.result((signed if self.odd else where_positive)(q, data, power), scale)


@operator("sqrt")
@dataclass(frozen=True, kw_only=True)
class Sqrt(Root):
    """Square root."""

    exponent = 0.5
    odd = False
    samples = (*_POSITIVE, Sample({}, ((2, 7),), low=0.0, high=1000.0))


@operator("rsqrt")
@dataclass(frozen=True, kw_only=True)
class Rsqrt(Root):
    """1 / sqrt(x)."""

    exponent = -0.5
    odd = False
    samples = _POSITIVE


@operator("cbrt")
@dataclass(frozen=True, kw_only=True)
class Cbrt(Root):
    """Cube root."""

    exponent = 1 / 3
    odd = True
    samples = (*_ODD, Sample({}, ((2, 30),), low=-100.0, high=100.0))


@operator("rcbrt")
@dataclass(frozen=True, kw_only=True)
class Rcbrt(Root):
    """1 / cbrt(x)."""

    exponent = -1 / 3
    odd = True
    samples = _ODD


@operator("reciprocal")
@dataclass(frozen=True, kw_only=True)
class Reciprocal(Root):
    """1 / x."""

    exponent = -1.0
    odd = True
    samples = _ODD
