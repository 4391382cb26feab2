"""transpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("transpose")
@dataclass(frozen=True, kw_only=True)
class Transpose(SamePrecision):
    """Permute the axes; none named means in reverse."""

    category = "shape"

    axes: tuple[int, ...] = ints((), low=-6, high=5)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes in the new order."""
        return (tuple(inputs[0][a] for a in self._order(inputs[0])),)

    def run(self, *x: Array) -> Array:
        """The values in the new order."""
        return x[0].transpose(self._order(x[0].shape))

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's transpose."""
        return f.transpose(x[0], axes=self._order(shapes[0]))

    def _order(self, shape: Shape) -> tuple[int, ...]:
        rank = len(shape)
        order = self.axes or tuple(reversed(range(rank)))
        found = tuple(a + rank if a < 0 else a for a in order)
        if sorted(found) != list(range(rank)):
            raise ShapeError(f"The axes {self.axes} are no order of those of {shape}.")
        return found
