"""expand_dims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("expand_dims")
@dataclass(frozen=True, kw_only=True)
class ExpandDims(SamePrecision):
    """Insert axes of size one before `axis`, which counts from the end of the result's shape when it is negative."""

    category = "shape"

    axis: int = integer(low=-6, high=5)
    num_newaxis: int = integer(1, low=1, high=5)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape with ones inserted."""
        at = self._at(inputs[0])
        return ((*inputs[0][:at], *(1,) * self.num_newaxis, *inputs[0][at:]),)

    def run(self, *x: Array) -> Array:
        """The same values in the shape."""
        return x[0].reshape(self.infer((x[0].shape,))[0])

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's expansion, axis by axis."""
        out = x[0]
        for _ in range(self.num_newaxis):
            out = f.expand_dims(out, axis=self._at(shapes[0]))
        return out

    def _at(self, shape: Shape) -> int:
        rank = len(shape)
        if not -rank - 1 <= self.axis <= rank:
            raise ShapeError(f"{shape} has no place for an axis at {self.axis}.")
        return self.axis if self.axis >= 0 else rank + 1 + self.axis
