"""slice_like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.cvm.ops.shared.slicing import check_axes
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("slice_like")
@dataclass(frozen=True, kw_only=True)
class SliceLike(SamePrecision):
    """The front of x, as large as a second tensor along the axes; none named means all. Only its shape is read."""

    arity = (2, 2)
    category = "shape"

    axis: tuple[int, ...] = ints((), low=-6, high=5)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes of the second tensor on the axes, those of x elsewhere.

        Raises:
            ShapeError: x is smaller there, an axis is missing in one of them, or none is named and the ranks differ.
        """
        shape, like = inputs
        rank = len(shape)
        axes = {a + rank if a < 0 else a for a in self.axis} or set(range(rank))
        if (not self.axis and len(like) != rank) or not axes <= set(range(min(rank, len(like)))) or any(like[a] > shape[a] for a in axes):
            raise ShapeError(f"{shape} cannot be cut to the size of {like} along {self.axis or 'all axes'}.")
        return (tuple(like[i] if i in axes else size for i, size in enumerate(shape)),)

    def run(self, *x: Array) -> Array:
        """The front."""
        (shape,) = self.infer((x[0].shape, x[1].shape))
        return x[0][tuple(map(slice, shape))]

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's slice_like."""
        check_axes(shapes[0])
        return f.slice_like(x[0], x[1], axes=tuple(a % len(shapes[0]) for a in self.axis))
