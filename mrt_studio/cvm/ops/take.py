"""take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("take")
@dataclass(frozen=True, kw_only=True)
class Take(CvmOperator):
    """The elements of x at indices along an axis, or of all of x in a row; indices outside are moved to the border."""

    arity = (2, 2)
    category = "shape"

    axis: int | None = integer(None, low=-6, high=5, optional=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x with that of the indices in the place of the axis."""
        shape, indices = inputs
        if self.axis is None:
            return (indices,)
        if not -len(shape) <= self.axis < len(shape):
            raise ShapeError(f"{shape} has no axis {self.axis}.")
        axis = self.axis % len(shape)
        return ((*shape[:axis], *indices, *shape[axis + 1 :]),)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of x."""
        return inputs[0]

    def run(self, *x: Array) -> Array:
        """The chosen elements."""
        return np.take(x[0], x[1], axis=self.axis, mode="clip")

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The larger bound of x and the indices."""
        return max(bounds)

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's take."""
        if self.axis is None:
            return f.take(f.reshape(x[0], shape=(-1,)), x[1], axis=0, mode="clip")
        return f.take(x[0], x[1], axis=self.axis % len(shapes[0]), mode="clip")
