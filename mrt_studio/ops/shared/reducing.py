"""What operators share that reduce axes of a tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mrt_studio.errors import QuantizationError, UnsupportedError
from mrt_studio.ir.attributes import flag, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ir.shapes import axes_of, reduced
from mrt_studio.ops.base import Operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.reductions import reduce


@dataclass(frozen=True, kw_only=True)
class Reducing(Operator):
    """One number for all elements along `axis`; no axes mean all.

    With `exclude` the elements along all other axes.
    """

    arity = (1, 1)
    category = "reduce"

    axis: tuple[int, ...] | None = ints(None, low=-8, high=7, optional=True)
    keepdims: bool = flag(default=False)
    exclude: bool = flag(default=False)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without the axes, or with size one there; (1,) if none is left."""
        gone = self.gone(inputs[0])
        return (reduced(inputs[0], gone, keepdims=self.keepdims) if gone else inputs[0],)

    def gone(self, shape: Shape) -> tuple[int, ...]:
        """The axes that are reduced, ascending; none where `exclude` names all.

        Raises:
            ShapeError: an axis does not exist or is named twice.
        """
        named = axes_of(shape, self.axis or ())
        if self.exclude and self.axis:
            return tuple(i for i in range(len(shape)) if i not in named)
        return named

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the node when it reduces nothing."""
        return None if self.gone(b.shape(x[0])) else x[0]

    def emit(self, q: Lowering, kind: Literal["sum", "max"], x: Ref, hint: str = "") -> Ref:
        """Emit the machine's reduction over this operator's axes.

        Raises:
            QuantizationError: there are none, which prepare removes.
        """
        gone = self.gone(q.shape(x))
        if not gone:
            raise QuantizationError(f"This {self.name} reduces no axes.", remedy="Prepare the model before it is quantized.")
        return reduce(q, kind, x, gone, keepdims=self.keepdims, hint=hint)


def shape_of(q: Lowering, x: Operand) -> Shape:
    """The shape of an operand."""
    return q.shape(x.ref) if isinstance(x, Quantized) else x.array.shape


def without_batch(name: str, axes: tuple[int, ...], why: str) -> None:
    """Refuse to reduce the first axis where the result depends on its size.

    Raises:
        UnsupportedError: the first axis is among `axes`.
    """
    if 0 in axes:
        raise UnsupportedError(
            f"{name} over the first axis is not supported.",
            why=f"The first axis is the batch, whose size may change after the model is prepared, and {why}.",
            remedy="Name the other axes, or split the model in front of it.",
        )
