"""What operators that name axes share."""

from __future__ import annotations

from mrt_studio.errors import QuantizationError, ShapeError
from mrt_studio.ir.graph import Ref, Shape
from mrt_studio.ops.lowering import Lowering

MOST_AXES = 6
"""The most axes that a tensor of the machine has."""


def axis_of(shape: Shape, axis: int) -> int:
    """The axis as a non-negative number.

    Raises:
        ShapeError: the shape has no such axis.
    """
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"The axis {axis} does not exist in {shape}.")
    return axis % len(shape)


def replaced(shape: Shape, axis: int, *sizes: int) -> Shape:
    """The shape with other sizes, any number of them, in the place of one axis."""
    return (*shape[:axis], *sizes, *shape[axis + 1 :])


def held(q: Lowering, ref: Ref) -> Ref:
    """Return `ref`, or refuse a tensor with more axes than the machine has.

    Raises:
        QuantizationError: it has more than six.
    """
    if len(q.shape(ref)) > MOST_AXES:
        raise QuantizationError(
            f"The result has the shape {q.shape(ref)}.",
            why=f"Tensors of the Cortex virtual machine have at most {MOST_AXES} axes.",
            remedy="Split the model in front of it.",
        )
    return ref
