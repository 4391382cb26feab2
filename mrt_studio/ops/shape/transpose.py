"""Permutation of the axes."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.axes import MOST_AXES


@operator("transpose")
@dataclass(frozen=True, kw_only=True)
class Transpose(Transparent):
    """The axes in another order; none named means in reverse."""

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    axes: tuple[int, ...] = ints((), low=0, high=MOST_AXES - 1)

    samples = (Sample({"axes": (0, 2, 3, 1)}, ((2, 3, 4, 5),)), Sample({}, ((2, 3, 4),)), Sample({"axes": (1, 0)}, ((2, 3),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes in the new order."""
        shape = inputs[0]
        order = self.axes or tuple(reversed(range(len(shape))))
        if sorted(order) != list(range(len(shape))) or len(shape) > MOST_AXES:
            raise ShapeError(f"The axes {order} are no order of those of {shape}.", why=f"There is one number for each axis, of which at most {MOST_AXES}.")
        return (tuple(shape[a] for a in order),)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine has the same operator."""
        return q.emit("cvm.transpose", x.ref, axes=self.axes)
