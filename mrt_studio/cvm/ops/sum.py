"""sum over axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator, fits_int32
from mrt_studio.cvm.ops.shared.reduction import Reduction
from mrt_studio.fixedpoint import count_bits
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("sum")
@dataclass(frozen=True, kw_only=True)
class Sum(Reduction):
    """Add the elements along axes."""

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Add p(x) and the bits of the count."""
        return fits_int32(inputs[0] + count_bits(self.count(shapes[0])), "Lower the precision of the input.")

    def run(self, *x: Array) -> Array:
        """The sum in int64."""
        return x[0].sum(axis=self.gone(x[0].shape)).reshape(self.kept(x[0].shape))

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of x times the count."""
        return bounds[0] * self.count(shapes[0])

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's sum; it takes no axes for all of them."""
        gone = self.gone(shapes[0])
        return f.sum(x[0], axis=gone, keepdims=self.keepdims) if gone else f.identity(x[0])

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """One per summed element."""
        return self.count(inputs[0])
