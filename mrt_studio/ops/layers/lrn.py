"""Normalisation by the channels around each one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.errors import ShapeError
from mrt_studio.fixedpoint import INT32_BITS
from mrt_studio.ir.attributes import integer, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.narrowing import narrow
from mrt_studio.ops.shared.powers import magnitude_power

_MOST_SIZE = 31
_BASE_BITS = INT32_BITS - 2
"""Of the sum of the squares, and of knorm beside it."""

_FAR = (1 << 31) - 1


@operator("LRN")
@dataclass(frozen=True, kw_only=True)
class Lrn(Operator):
    """x * (knorm + alpha / nsize * sum of squares) ** -beta for x (N, C, H, W).

    The sum is over the channel itself and those around it, nsize altogether.
    """

    arity = (1, 1)
    category = "norm"
    # beta * 2**-12 from the power's table, 2**-15 of the largest power from its rounding: more where alpha * x**2 exceeds knorm * 2**12.
    tolerance = 5e-4

    alpha: float = real(1e-4, low=0, high=1e6)
    beta: float = real(0.75, low=0, high=4)
    knorm: float = real(2.0, low=1e-6, high=1e6)
    nsize: int = integer(low=1, high=_MOST_SIZE)

    samples = (
        Sample({"nsize": 5}, ((2, 8, 3, 4),), low=-200, high=200),
        Sample({"nsize": 3, "alpha": 0.5, "beta": 0.5, "knorm": 1.0}, ((2, 6, 3, 3),)),
        Sample({"nsize": 1, "alpha": 1.0, "beta": 1.0}, ((1, 2, 3, 3),)),
        Sample({"nsize": 7, "alpha": 2.0, "knorm": 0.5}, ((2, 3, 1, 4),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        if len(inputs[0]) != 4 or self.nsize % 2 == 0:
            raise ShapeError(f"LRN needs an image (N, C, H, W) and an odd nsize, not {inputs[0]} and {self.nsize}.")
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Without alpha the factor is a constant."""
        if self.alpha:
            return None
        return b.op("broadcast_mul", x[0], b.param("factor", np.full((1, 1, 1, 1), self.knorm**-self.beta, np.float32)), name=node.name)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The power by tables, which are as good at every magnitude, times x."""
        del node
        data = narrow(q, x[0], WIDE_BITS)
        base = self._base(q, data)
        # The smallest base beside an x that is not zero.
        least = self.knorm + self.alpha / self.nsize / data.scale**2
        _, power, scale = magnitude_power(q, base, -self.beta, least**-self.beta)
        factor = narrow(q, Quantized(power, scale, q.bits(power), 0.0), INT32_BITS - q.bits(data.ref))
        return q.result(q.emit("cvm.broadcast_mul", data.ref, factor.ref), data.scale * factor.scale)

    def _base(self, q: Lowering, x: Quantized) -> Quantized:
        """What the power is taken of, knorm included."""
        reach = min(self.nsize // 2, q.shape(x.ref)[1] - 1)
        bits = _BASE_BITS - math.ceil(math.log2(2 * reach + 1))
        square = Quantized(q.emit("cvm.broadcast_mul", x.ref, x.ref, hint="square"), x.scale**2, 2 * x.precision, x.threshold**2)
        part = narrow(q, square, bits)
        scale = part.scale * self.nsize / self.alpha
        # Squares that are tiny beside knorm give up digits, so that both fit.
        excess = max(math.ceil(math.log2(self.knorm * scale)) - _BASE_BITS + 1, 0)
        part = narrow(q, part, max(q.bits(part.ref) - excess, 1))
        total = _windows(q, part.ref, reach)
        scale = scale / 2**excess
        constant: Any = np.array([round(self.knorm * scale)])
        base = q.emit("cvm.broadcast_add", total, q.constant("knorm", constant), hint="base")
        return Quantized(base, scale, q.bits(base), self.knorm)


def _windows(q: Lowering, x: Ref, reach: int) -> Ref:
    """Sums over each channel and `reach` on both sides; beyond the ends are zeros."""
    if not reach:
        return x
    channels = q.shape(x)[1]
    edge = q.emit("cvm.cvm_clip", _channels(q, x, 0, reach, "edge"), precision=1, hint="zeros")
    padded = q.emit("cvm.concatenate", edge, x, edge, axis=1, hint="padded")
    parts = [_channels(q, padded, i, i + channels, "shifted") for i in range(2 * reach + 1)]
    while len(parts) > 1:
        pairs = [q.emit("cvm.elemwise_add", *pair, hint="window") for pair in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[2 * len(pairs) :]
    return parts[0]


def _channels(q: Lowering, x: Ref, begin: int, end: int, hint: str) -> Ref:
    return q.emit("cvm.strided_slice", x, begin=(0, begin), end=(_FAR, end), stride=(1, 1), hint=hint)
