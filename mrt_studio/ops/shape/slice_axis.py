"""A slice along one axis."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.axes import axis_of, replaced

_FAR = (1 << 31) - 1


@operator("slice_axis")
@dataclass(frozen=True, kw_only=True)
class SliceAxis(Transparent):
    """The elements of one axis from `begin` up to, not including, `end`.

    Negative numbers count from the end.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    axis: int = integer(low=-8, high=7)
    begin: int = integer(low=-_FAR, high=_FAR)
    end: int | None = integer(low=-_FAR, high=_FAR, optional=True)

    samples = (
        Sample({"axis": 1, "begin": 1, "end": 3}, ((2, 4, 5),)),
        Sample({"axis": -1, "begin": -2, "end": None}, ((2, 4, 5),)),
        Sample({"axis": 0, "begin": 1, "end": 2}, ((2, 3),)),
        Sample({"axis": 0, "begin": 0, "end": 2}, ((2, 3),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The axis shortened.

        Raises:
            ShapeError: the positions are outside, or nothing is left.
        """
        axis = axis_of(inputs[0], self.axis)
        size = inputs[0][axis]
        begin, end = self._positions(size)
        if not 0 <= begin < end <= size:
            raise ShapeError(f"The slice from {self.begin} to {self.end} does not fit the axis {axis} of {inputs[0]}.")
        return (replaced(inputs[0], axis, end - begin),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the node when it takes everything."""
        shape = b.shape(x[0])
        size = shape[axis_of(shape, self.axis)]
        return x[0] if self._positions(size) == (0, size) else None

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine's slice: the axes before are taken whole."""
        shape = q.shape(x.ref)
        axis = axis_of(shape, self.axis)
        begin, end = (0,) * axis, (_FAR,) * axis
        return q.emit("cvm.strided_slice", x.ref, begin=(*begin, self.begin), end=(*end, _FAR if self.end is None else self.end), stride=(1,) * (axis + 1))

    def _positions(self, size: int) -> tuple[int, int]:
        begin = self.begin + size if self.begin < 0 else self.begin
        end = size if self.end is None else self.end + size if self.end < 0 else self.end
        return begin, end
