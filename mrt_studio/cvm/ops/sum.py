"""sum over axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator, fits_int32
from mrt_studio.errors import UnsupportedError
from mrt_studio.fixedpoint import count_bits
from mrt_studio.ir.attributes import flag, ints
from mrt_studio.ir.graph import Array, Shape
from mrt_studio.ir.shapes import axes_of, reduced


@cvm_operator("sum")
@dataclass(frozen=True, kw_only=True)
class Sum(CvmOperator):
    """Add the elements along axes; none named means all."""

    arity = (1, 1)
    category = "reduce"

    axis: tuple[int, ...] = ints((), low=-6, high=5)
    keepdims: bool = flag(default=False)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without the summed axes, or with size one there.

        Raises:
            UnsupportedError: a kept axis of size one follows a summed one, where the runtime's CPU back end is wrong.
        """
        gone = axes_of(inputs[0], self.axis)
        if any(size == 1 and i not in gone and i > gone[0] for i, size in enumerate(inputs[0])):
            raise UnsupportedError(
                f"A sum of {inputs[0]} over {gone} keeps an axis of size one behind a summed one.",
                why="The runtime's CPU back end computes it wrongly.",
                remedy="Squeeze that axis first.",
            )
        return (reduced(inputs[0], self.axis, keepdims=self.keepdims),)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Add p(x) and the bits of the count."""
        return fits_int32(inputs[0] + count_bits(self._count(shapes[0])), "Lower the precision of the input.")

    def run(self, *x: Array) -> Array:
        """The sum in int64."""
        out = x[0].sum(axis=axes_of(x[0].shape, self.axis), keepdims=self.keepdims)
        return out.reshape(reduced(x[0].shape, self.axis, keepdims=self.keepdims))

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of x times the count."""
        return bounds[0] * self._count(shapes[0])

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's sum."""
        return f.sum(x[0], axis=axes_of(shapes[0], self.axis), keepdims=self.keepdims)

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """One per summed element."""
        return self._count(inputs[0])

    def _count(self, shape: Shape) -> int:
        return math.prod(shape[a] for a in axes_of(shape, self.axis))
