"""strided_slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.cvm.ops.shared.slicing import check_axes
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Array, Shape

_FAR = (1 << 31) - 1


@cvm_operator("strided_slice")
@dataclass(frozen=True, kw_only=True)
class StridedSlice(SamePrecision):
    """From `begin` up to, not including, `end` in steps of `stride`, one number an axis.

    Axes without a number are taken whole.

    Positions are those of Python: a negative one counts from the end, and what lies outside is moved to the border. So
    with a negative stride the first element is reached by an end below -size only.
    """

    category = "shape"

    begin: tuple[int, ...] = ints(low=-_FAR, high=_FAR)
    end: tuple[int, ...] = ints(low=-_FAR, high=_FAR)
    stride: tuple[int, ...] = ints((), low=-_FAR, high=_FAR)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The counts of the steps.

        Raises:
            ShapeError: nothing is left, a stride is zero, or there are more numbers than axes.
        """
        return (tuple(len(range(*part.indices(size))) for part, size in zip(self._parts(inputs[0]), inputs[0], strict=True)),)

    def run(self, *x: Array) -> Array:
        """The slice."""
        return x[0][self._parts(x[0].shape)]

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's slice, which takes None for a position outside."""
        check_axes(shapes[0])
        parts = self._parts(shapes[0])
        if all(p.step == 1 for p in parts):  # MXNet 1.9 crashes on slice without steps behind a convolution
            return _cut(f, x[0], parts, shapes[0])
        begin, end = (tuple(_inside(v, n) for v, n in zip(side, shapes[0], strict=True)) for side in zip(*((p.start, p.stop) for p in parts), strict=True))
        return f.slice(x[0], begin=begin, end=end, step=tuple(p.step for p in parts))

    def _parts(self, shape: Shape) -> tuple[slice, ...]:
        """One slice an axis."""
        rank = len(shape)
        if max(len(self.begin), len(self.end), len(self.stride)) > rank or 0 in self.stride:
            raise ShapeError(f"{self._text()} does not slice {shape}.", why="Each axis has at most one number, and no stride is zero.")
        begin, end, stride = ((*numbers, *(missing,) * (rank - len(numbers))) for numbers, missing in ((self.begin, 0), (self.end, _FAR), (self.stride, 1)))
        parts = tuple(map(slice, begin, end, stride))
        for axis, (part, size) in enumerate(zip(parts, shape, strict=True)):
            if not range(*part.indices(size)):
                raise ShapeError(f"{self._text()} leaves nothing of the axis {axis} of {shape}.")
        return parts

    def _text(self) -> str:
        return f"begin={self.begin}, end={self.end}, stride={self.stride}"


def _cut(f: Any, x: Any, parts: tuple[slice, ...], shape: Shape) -> Any:
    """One slice_axis for each axis that is not taken whole; the batch may be another than in `shape`."""
    for axis, (part, size) in enumerate(zip(parts, shape, strict=True)):
        begin, end, _ = part.indices(size)
        if (begin, end) != (0, size):
            x = f.slice_axis(x, axis=axis, begin=part.start if abs(part.start) < size else begin, end=None if end == size else part.stop)
    return x


def _inside(position: int, size: int) -> int | None:
    return position if -size <= position < size else None
