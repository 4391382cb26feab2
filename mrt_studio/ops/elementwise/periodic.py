"""Sine and cosine: a table of one period."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mrt_studio.errors import QuantizationError
from mrt_studio.fixedpoint import bits_for
from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import WIDE_BITS, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.narrowing import narrow
from mrt_studio.ops.shared.tables import Function, emit_table, lookup
from mrt_studio.ops.shared.unary import Unary

_FARTHEST = 1000.0
"""Angles beyond have errors of more than 0.03: they are held in 16 bits, and so is the factor that makes a period a power of two."""


@dataclass(frozen=True, kw_only=True)
class Periodic(Unary):
    """A function of period 2 pi."""

    function: ClassVar[Function]
    tolerance = 3e-3  # half a step of a period / 4096; up to threshold / 2**15 more, which is 1.5e-3 for the samples

    samples = (Sample({}, ((2, 3, 5, 4),)), Sample({}, ((2, 30),), low=-50.0, high=50.0))

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """One table, or beyond pi a period of 2**table_bits steps: shifting counts the whole ones, which are taken off.

        Raises:
            QuantizationError: the angles are too large.
        """
        limit, function = q.threshold(node.name), type(self).function
        if x[0].threshold <= math.pi:
            return q.known(*lookup(q, x[0], function, largest=limit), limit)
        if x[0].threshold > _FARTHEST:
            raise QuantizationError(
                f"The angles reach {x[0].threshold:.4g}, and integers hold only those up to {_FARTHEST:g} well enough.",
                remedy="Lower the threshold of the input, or split the model below this node.",
            )
        bits = q.options.table_bits
        period = 1 << bits
        scale = period / (2 * math.pi)
        angle = q.requant(narrow(q, x[0], WIDE_BITS), bits_for(x[0].threshold * scale), scale)
        whole = q.emit("cvm.cvm_right_shift", angle.ref, precision=max(q.bits(angle.ref) - bits, 1) + 1, shift_bit=bits, hint="whole")
        turns = q.emit("cvm.broadcast_mul", whole, q.constant("period", np.array([period])), hint="turns")
        rest = q.emit("cvm.broadcast_sub", angle.ref, turns, hint="rest")
        # The rest goes from -period/2 to period/2; the table ends one before, and its ends serve for both.
        half = period // 2 - 1
        index = q.emit("cvm.broadcast_add", rest, q.constant("half", np.array([half])), hint="index")
        return q.known(*emit_table(q, index, function(np.arange(-half, half + 1) / scale), limit, ""), limit)


@operator("sin")
@dataclass(frozen=True, kw_only=True)
class Sin(Periodic):
    """Sine of x in radians."""

    function = np.sin


@operator("cos")
@dataclass(frozen=True, kw_only=True)
class Cos(Periodic):
    """Cosine of x in radians."""

    function = np.cos
