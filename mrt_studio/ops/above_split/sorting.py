"""Sorting: only above the split keys."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, integer
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator
from mrt_studio.ops.shared.axes import axis_of, replaced

_TYPES = ("float16", "float32", "float64", "int32", "int64", "uint8")


@dataclass(frozen=True, kw_only=True)
class _Sorting(FloatOnly):
    """An operator that orders the elements along an axis, or all of them without one."""

    arity = (1, 1)
    category = "shape"
    why = "The Cortex virtual machine has no sorting operator; only its non_max_suppression orders boxes."

    axis: int | None = integer(-1, low=-8, high=7, optional=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x, flat without an axis."""
        if self.axis is None:
            return ((math.prod(inputs[0]),),)
        axis_of(inputs[0], self.axis)
        return (inputs[0],)


@operator("sort")
@dataclass(frozen=True, kw_only=True)
class Sort(_Sorting):
    """The elements in order."""

    is_ascend: bool = flag(default=True)


@operator("argsort")
@dataclass(frozen=True, kw_only=True)
class Argsort(_Sorting):
    """The indices that put the elements in order."""

    is_ascend: bool = flag(default=True)
    dtype: str = choice(*_TYPES, default="float32")


@operator("topk")
@dataclass(frozen=True, kw_only=True)
class Topk(_Sorting):
    """The `k` first elements in order, their indices, both, or a mask.

    A k of 0 means all.
    """

    k: int = integer(1, low=0, high=1 << 30)
    ret_typ: str = choice("value", "indices", "mask", "both", default="indices")
    is_ascend: bool = flag(default=False)
    dtype: str = choice(*_TYPES, default="float32")

    @property
    def outputs(self) -> int:
        """Two when both are asked for."""
        return 2 if self.ret_typ == "both" else 1

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The first k along the axis; a mask has the shape of x."""
        (shape,) = super().infer(inputs)
        axis = 0 if self.axis is None else axis_of(shape, self.axis)
        if self.k > shape[axis]:
            raise ShapeError(f"The first {self.k} of the {shape[axis]} elements of {inputs[0]} cannot be found.")
        if self.ret_typ == "mask":
            return (inputs[0],)
        return (replaced(shape, axis, self.k or shape[axis]),) * self.outputs
