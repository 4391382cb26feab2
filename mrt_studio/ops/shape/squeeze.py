"""Removal of axes of size one."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ir.shapes import axes_of
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized


@operator("squeeze")
@dataclass(frozen=True, kw_only=True)
class Squeeze(Transparent):
    """x without the named axes of size one.

    None means without all of them, the batch too when it is one.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    axis: tuple[int, ...] | None = ints(None, low=-8, high=7, optional=True)

    samples = (
        Sample({}, ((2, 3, 1, 1),)),
        Sample({"axis": (-1, 1)}, ((2, 1, 3, 1),)),
        Sample({"axis": (2,)}, ((1, 3, 1),)),
        Sample({}, ((1, 1),)),
        Sample({"axis": ()}, ((2, 1),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without these axes; (1,) if none is left."""
        shape = inputs[0]
        gone = [i for i, size in enumerate(shape) if size == 1] if self.axis is None else axes_of(shape, self.axis) if self.axis else ()
        if large := [i for i in gone if shape[i] != 1]:
            raise ShapeError(f"The axis {large[0]} of {shape} cannot be squeezed.", why=f"Its size is {shape[large[0]]}, not one.")
        return (tuple(size for i, size in enumerate(shape) if i not in gone) or (1,),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the node when it removes nothing."""
        return x[0] if self.axis == () else None

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine has the same operator; without axes it removes all."""
        return q.emit("cvm.squeeze", x.ref, axis=tuple(a % len(q.shape(x.ref)) for a in self.axis or ()))
