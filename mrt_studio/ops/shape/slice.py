"""Slices with steps."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized

_FAR = (1 << 31) - 1
"""Beyond both ends of every axis: the machine moves it to the border."""


@operator("slice", "crop")
@dataclass(frozen=True, kw_only=True)
class Slice(Transparent):
    """From `begin` up to `end` in steps of `step`, one number an axis.

    The element at `end` is left out. None means as far as there is, negative positions count from the end, and axes
    without a number are taken whole.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    begin: tuple[int | None, ...] = ints(low=-_FAR, high=_FAR, gaps=True)
    end: tuple[int | None, ...] = ints(low=-_FAR, high=_FAR, gaps=True)
    step: tuple[int | None, ...] = ints((), low=-_FAR, high=_FAR, gaps=True)

    samples = (
        Sample({"begin": (0, 1), "end": (2, 3)}, ((2, 4, 5),)),
        Sample({"begin": (None, None, -1), "end": (None, -1, None), "step": (None, 2, -2)}, ((2, 4, 6),)),
        Sample({"begin": (None, 3, 1), "end": (None, None, 9), "step": (1, -1, 1)}, ((2, 4, 6),)),
        Sample({"begin": (1, 4), "end": (2, -7), "step": (1, -1)}, ((2, 6),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The counts of the steps."""
        shape = inputs[0]
        counts = [self._count(shape, i) for i in range(len(self._steps(shape)))]
        return ((*counts, *shape[len(counts) :]),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Cut one axis after the other where no step is more than one, and leave the size of a whole batch open.

        MXNet 1.9 crashes on `slice` without steps behind a convolution, in its cached operator; slice_axis is sound.
        """
        shape = b.shape(x[0])
        whole = [
            step == 1 and (begin or 0) % size == 0 and (end is None or end >= size)
            for begin, end, step, size in zip(self.begin, self.end, self._steps(shape), shape, strict=False)
        ]
        if all(step == 1 for step in self._steps(shape)):
            cut = [axis for axis, is_whole in enumerate(whole) if not is_whole]
            ref = x[0]
            for axis in cut:
                end = self.end[axis] if (self.end[axis] or 0) < shape[axis] else None
                name = node.name if axis == cut[-1] else None
                ref = b.op("slice_axis", ref, name=name, hint="cut", axis=axis, begin=self.begin[axis] or 0, end=end)
            return ref
        if not whole[0]:
            return None
        return b.op("slice", x[0], name=node.name, begin=(None, *self.begin[1:]), end=(None, *self.end[1:]), step=self.step)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine's slice: what is open is written as a position beyond the border."""
        steps = self._steps(q.shape(x.ref))
        begin = [(0 if s > 0 else -1) if v is None else v for v, s in zip(self.begin, steps, strict=True)]
        end = [(_FAR if s > 0 else -_FAR) if v is None else v for v, s in zip(self.end, steps, strict=True)]
        return q.emit("cvm.strided_slice", x.ref, begin=tuple(begin), end=tuple(end), stride=steps)

    def _steps(self, shape: Shape) -> tuple[int, ...]:
        count = len(self.begin)
        steps = tuple(1 if s is None else s for s in self.step) or (1,) * count
        if not 1 <= count <= len(shape) or len(self.end) != count or len(steps) != count or 0 in steps:
            raise ShapeError(
                f"begin={self.begin}, end={self.end}, step={self.step} does not slice {shape}.",
                why="The three have equally many numbers, one for each of the first axes, and no step is zero.",
            )
        return steps

    def _count(self, shape: Shape, axis: int) -> int:
        begin, end, size = self.begin[axis], self.end[axis], shape[axis]
        if begin is not None and not -size <= begin < size:
            raise ShapeError(f"The slice begins at {begin}, but the axis {axis} of {shape} has only {size} elements.")
        count = len(range(*slice(begin, end, self._steps(shape)[axis]).indices(size)))
        if not count:
            raise ShapeError(f"begin={self.begin}, end={self.end}, step={self.step} leaves nothing of the axis {axis} of {shape}.")
        return count
