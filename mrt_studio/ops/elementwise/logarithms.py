"""Logarithms: the table of the mantissa plus that of the exponent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mrt_studio.fixedpoint import scale_for
from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import WIDE_BITS, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.floating import MOST_BITS
from mrt_studio.ops.shared.logarithm import logarithm
from mrt_studio.ops.shared.narrowing import narrow
from mrt_studio.ops.shared.tables import lookup
from mrt_studio.ops.shared.unary import Unary

_NARROW = 0.5
"""Natural logarithms of at most this magnitude come from one table, whose steps then are the finer ones."""


@dataclass(frozen=True, kw_only=True)
class Logarithm(Unary):
    """A logarithm; that of zero or less is that of the smallest positive step of x."""

    base: ClassVar[float]
    tolerance = 6e-4  # half a step of the mantissa: 2**-12, or 2**-11 of a result of one half
    samples = (
        Sample({}, ((2, 3, 5, 4),), low=0.2, high=5.0),
        Sample({}, ((2, 7),), low=20.0, high=3000.0),
        Sample({}, ((2, 7),), low=0.8, high=1.2),
    )

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Sixteen bits at the threshold of the result."""
        limit, unit = q.threshold(node.name), math.log(self.base)
        if limit * unit <= _NARROW:
            domain = math.exp(-limit * unit), math.exp(limit * unit)
            return q.known(*lookup(q, x[0], lambda v: np.log(v) / unit, largest=limit, domain=domain), limit)
        data = narrow(q, x[0], MOST_BITS)
        scale = scale_for(limit, WIDE_BITS)
        positive = q.emit("cvm.relu", data.ref, hint="positive")
        return q.result(logarithm(q, positive, data.scale, scale / unit, -limit * unit), scale)


@operator("log")
@dataclass(frozen=True, kw_only=True)
class Log(Logarithm):
    """Natural logarithm."""

    base = math.e


@operator("log2")
@dataclass(frozen=True, kw_only=True)
class Log2(Logarithm):
    """Logarithm to the base 2."""

    base = 2.0


@operator("log10")
@dataclass(frozen=True, kw_only=True)
class Log10(Logarithm):
    """Logarithm to the base 10."""

    base = 10.0
