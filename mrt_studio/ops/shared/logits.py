"""What the operators of the softmax family share: attributes, shape rule, temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, integer, real
from mrt_studio.ir.graph import Builder, Ref, Shape
from mrt_studio.ops.base import Operator


@dataclass(frozen=True, kw_only=True)
class Logits(Operator):
    """An operator on logits x / temperature along `axis`; lengths that change from sample to sample are not supported."""

    arity = (1, 1)
    category = "activation"
    ignored = frozenset({"dtype"})

    axis: int = integer(-1, low=-6, high=5)
    temperature: float | None = real(None, low=1e-6, high=1e6, optional=True)
    use_length: str = choice("False", "false", "0", "None", default="False")

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        if not -len(inputs[0]) <= self.axis < len(inputs[0]):
            raise ShapeError(f"The axis {self.axis} does not exist in {inputs[0]}.")
        return (inputs[0],)

    @staticmethod
    def over(b: Builder, x: Ref, temperature: float) -> Ref:
        """Divide by a number that is not zero."""
        return b.op("broadcast_mul", x, b.param("factor", np.array([1 / temperature], np.float32)), hint="over")
