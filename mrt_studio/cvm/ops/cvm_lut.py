"""cvm_lut: look values up in a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("cvm_lut")
@dataclass(frozen=True, kw_only=True)
class CvmLut(CvmOperator):
    """table[i] for each i in x, limited to the table's first and last element."""

    arity = (2, 2)
    category = "elementwise"

    in_dim: int = integer(low=1, high=1 << 30)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x; the table may have any shape of in_dim elements."""
        if math.prod(inputs[1]) != self.in_dim:
            raise ShapeError(f"cvm_lut has in_dim={self.in_dim}, but its table has the shape {inputs[1]}.")
        return (inputs[0],)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of the table."""
        return inputs[1]

    def run(self, *x: Array) -> Array:
        """Limit the indices, then look them up."""
        return x[1].reshape(-1)[np.clip(x[0], 0, self.in_dim - 1)]

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The larger bound: both indices and values must be exact."""
        return max(bounds)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's take, which limits the indices too."""
        return f.take(f.reshape(x[1], shape=(-1,)), x[0], axis=0, mode="clip")
