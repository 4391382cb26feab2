"""Flatten to two axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.ir.graph import Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized


@operator("Flatten", "flatten")
@dataclass(frozen=True, kw_only=True)
class Flatten(Transparent):
    """(N, ...) to (N, K)."""

    arity = (1, 1)
    category = "shape"
    samples = (Sample({}, ((2, 3, 4, 4),)),)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, product of the other axes)."""
        return ((inputs[0][0], math.prod(inputs[0][1:])),)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine has the same operator."""
        return q.emit("cvm.flatten", x.ref)
