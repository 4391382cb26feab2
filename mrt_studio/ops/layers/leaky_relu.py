"""LeakyReLU: MXNet's operator for activations that let something of the negative numbers through."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import choice, real
from mrt_studio.ir.graph import Array, Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.tables import lookup

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""Klambauer et al. 2017, as MXNet has them."""


@operator("LeakyReLU")
@dataclass(frozen=True, kw_only=True)
class LeakyReLU(Operator):
    """Apply `act_type` to each element.

    leaky: x or slope * x for negative x; prelu: the same with a slope for each channel; rrelu: with the mean of its bounds,
    as in inference; elu: x or slope * (exp(x) - 1); selu: the same with fixed factors; gelu: x times the normal distribution.
    """

    arity = (1, 2)
    category = "activation"
    input_names = ("data", "gamma")
    tolerance = 5e-4  # half of one of a table's 4095 steps; sixteen bits for sums and products

    act_type: str = choice("leaky", "prelu", "rrelu", "elu", "selu", "gelu", default="leaky")
    slope: float = real(0.25)
    lower_bound: float = real(0.125)
    upper_bound: float = real(0.334)

    samples = (
        Sample({"act_type": "leaky", "slope": 0.1}, ((2, 3, 4, 4),)),
        Sample({"act_type": "prelu"}, ((2, 3, 4, 4),), ((3,),)),
        Sample({"act_type": "prelu"}, ((2, 3, 4),), ((1,),)),
        Sample({"act_type": "elu", "slope": 0.7}, ((2, 3, 4),)),
        Sample({"act_type": "selu"}, ((2, 50),), low=-100.0, high=100.0),
        Sample({"act_type": "gelu"}, ((2, 3, 4),)),
        Sample({"act_type": "rrelu"}, ((2, 3, 4),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x; prelu takes a slope for each channel (axis 1) or one for all."""
        data = inputs[0]
        if len(inputs) != (2 if self.act_type == "prelu" else 1):
            raise ShapeError(f"LeakyReLU of the type {self.act_type} takes {'a slope' if self.act_type == 'prelu' else 'no slope'} as its second input.")
        if len(inputs) == 2 and (len(data) < 2 or inputs[1] not in ((data[1],), (1,))):
            raise ShapeError(f"The slopes have shape {inputs[1]}, but {data} has {data[1] if len(data) > 1 else 'no'} channels.")
        return (data,)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Straight pieces become sums and products, curves stay."""
        if self.act_type == "leaky":
            return _leaky(b, node, x[0], np.array([self.slope]))
        if self.act_type == "rrelu":
            return _leaky(b, node, x[0], np.array([(self.lower_bound + self.upper_bound) / 2]))
        if self.act_type == "prelu":
            slopes = b.array(x[1])
            if slopes is None:
                raise UnsupportedError("PReLU with a computed slope is not supported.", remedy="Store the slope as a parameter.")
            return _leaky(b, node, x[0], slopes.reshape((1, -1, *(1,) * (len(node.shapes[0]) - 2))))
        return None

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """A table for the curves."""
        limit = q.threshold(node.name)
        return q.known(*lookup(q, x[0], self.curve, largest=limit), limit)

    def curve(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """elu, selu or gelu in float64."""
        if self.act_type == "gelu":
            return x * np.array([(1 + math.erf(v)) / 2 for v in x / math.sqrt(2)])
        scale, alpha = (_SELU_SCALE, _SELU_ALPHA) if self.act_type == "selu" else (1.0, self.slope)
        return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _leaky(b: Builder, node: Node, x: Ref, slope: Array) -> Ref:
    """Emit slope * x + (1 - slope) * relu(x), whatever the sign of the slope."""
    part = b.op("broadcast_mul", x, b.param("slope", slope.astype(np.float32)), hint="all")
    rest = b.op("broadcast_mul", b.op("relu", x), b.param("rest", (1 - slope).astype(np.float32)), hint="positive")
    return b.op("broadcast_add", part, rest, name=node.name)
