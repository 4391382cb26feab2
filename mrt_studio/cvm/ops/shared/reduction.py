"""What sum and max share: attributes, reduced axes, shape rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.attributes import choice, flag, ints
from mrt_studio.ir.graph import Shape
from mrt_studio.ir.shapes import axes_of, reduced


@dataclass(frozen=True, kw_only=True)
class Reduction(CvmOperator):
    """One number for all elements along axes; with `exclude` along all others. None named means all."""

    arity = (1, 1)
    category = "reduce"

    axis: tuple[int, ...] = ints((), low=-6, high=5)
    keepdims: bool = flag(default=False)
    exclude: bool = flag(default=False)
    dtype: str = choice("int32", default="int32")

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without the reduced axes, or with size one there.

        Raises:
            UnsupportedError: the runtime's CPU back end would read the wrong elements.
        """
        gone = self.gone(inputs[0])
        if _misread(inputs[0], gone):
            raise UnsupportedError(
                f"A {self.func} of {inputs[0]} over {gone} keeps an axis of size one behind a larger one.",
                why="The runtime's CPU back end computes it wrongly.",
                remedy="Squeeze that axis first.",
            )
        return (self.kept(inputs[0]),)

    def gone(self, shape: Shape) -> tuple[int, ...]:
        """The axes that are reduced, ascending; none where `exclude` names all."""
        named = axes_of(shape, self.axis)
        if self.exclude and self.axis:
            return tuple(i for i in range(len(shape)) if i not in named)
        return named

    def kept(self, shape: Shape) -> Shape:
        """The shape that is left."""
        gone = self.gone(shape)
        return reduced(shape, gone, keepdims=self.keepdims) if gone else shape

    def count(self, shape: Shape) -> int:
        """How many elements make one of the result."""
        return math.prod(shape[a] for a in self.gone(shape))


def _misread(shape: Shape, gone: tuple[int, ...]) -> bool:
    """Whether the runtime's CPU back end takes the step of another axis for one of the result.

    It drops the result's axes of size one, but looks for the steps of those that are left among all kept axes,
    from the last one on.
    """
    kept = [i for i in range(len(shape)) if i not in gone]
    wide = [i for i in kept if shape[i] > 1]
    steps = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
    return bool(gone) and any(steps[a] != steps[b] for a, b in zip(reversed(wide), reversed(kept), strict=False))
