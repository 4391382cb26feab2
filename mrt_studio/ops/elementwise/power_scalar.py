"""A constant power of x."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.ir.attributes import real
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.powers import magnitude_power, where_positive
from mrt_studio.ops.shared.unary import Unary

_ROOTS = {0.5: "sqrt", -0.5: "rsqrt", -1.0: "reciprocal"}


@operator("_power_scalar", "_PowerScalar")
@dataclass(frozen=True, kw_only=True)
class PowerScalar(Unary):
    """x to the power `scalar`; where that is no integer, 0 for negative x, of which MXNet makes no number."""

    ignored = frozenset({"is_int"})
    tolerance = 1e-3  # |scalar| * 2**-12 for powers from tables, of at most 2.5 in the samples; reciprocals of products of sixteen bits

    scalar: float = real(1.0, low=-64, high=64)

    samples = (
        Sample({"scalar": 2.5}, ((2, 3, 4),), low=0.1, high=3.0),
        Sample({"scalar": 3.0}, ((2, 3, 4),)),
        Sample({"scalar": -2.0}, ((2, 3, 4),), low=0.5, high=3.0),
        Sample({"scalar": 11.0}, ((2, 30),), low=-1.5, high=1.2),
        Sample({"scalar": 0.0}, ((2, 3),)),
        Sample({"scalar": -0.75}, ((2, 30),), low=5.0, high=300.0),
    )

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Roots, reciprocals and products where the power is one; other fractions stay."""
        if root := _ROOTS.get(self.scalar):
            return b.op(root, x[0], name=node.name)
        if self.scalar == 0:
            none = b.op("broadcast_mul", x[0], b.param("zero", np.zeros(1, np.float32)))
            return b.op("broadcast_add", none, b.param("one", np.ones(1, np.float32)), name=node.name)
        if self.scalar != int(self.scalar):
            return None
        if self.scalar < 0:
            return b.op("reciprocal", _product(b, x[0], -int(self.scalar)), name=node.name)
        return _product(b, x[0], int(self.scalar), node.name)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """From tables of mantissa and exponent."""
        data, power, scale = magnitude_power(q, x[0], self.scalar, q.threshold(node.name))
        return q.result(where_positive(q, data, power), scale)


def _product(b: Builder, x: Ref, exponent: int, name: str | None = None) -> Ref:
    """Emit x to a positive integer power in as few products as squaring takes."""
    if exponent == 1:
        return x
    if exponent % 2:
        return b.op("broadcast_mul", x, _product(b, x, exponent - 1), name=name)
    half = _product(b, x, exponent // 2)
    return b.op("broadcast_mul", half, half, name=name)
