"""squeeze."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Array, Shape
from mrt_studio.ir.shapes import axes_of


@cvm_operator("squeeze")
@dataclass(frozen=True, kw_only=True)
class Squeeze(SamePrecision):
    """Remove axes of size one; none named means all of them."""

    category = "shape"

    axis: tuple[int, ...] = ints((), low=-6, high=5)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without these axes; (1,) if none is left."""
        shape = inputs[0]
        gone = axes_of(shape, self.axis) if self.axis else [i for i, size in enumerate(shape) if size == 1]
        if large := [i for i in gone if shape[i] != 1]:
            raise ShapeError(f"The axis {large[0]} of {shape} cannot be squeezed.", why=f"Its size is {shape[large[0]]}, not one.")
        return (tuple(size for i, size in enumerate(shape) if i not in gone) or (1,),)

    def run(self, *x: Array) -> Array:
        """The same values in the shape."""
        return x[0].reshape(self.infer((x[0].shape,))[0])

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's squeeze."""
        return f.squeeze(x[0], axis=self.axis or None)
