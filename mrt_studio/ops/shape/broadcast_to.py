"""Repetition of axes of size one up to a given shape."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized

_MOST_REPEATS, _MOST_AXES = 4096, 6
"""What the machine's `tile` takes."""


@operator("broadcast_to")
@dataclass(frozen=True, kw_only=True)
class BroadcastTo(Transparent):
    """x with its axes of size one repeated up to `shape`; 0 there keeps an axis."""

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0

    shape: tuple[int, ...] = ints(low=0)

    samples = (Sample({"shape": (2, 3, 4, 5)}, ((2, 3, 1, 1),)), Sample({"shape": (0, 6, 0)}, ((2, 1, 5),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes of `shape`, those of x where it has 0."""
        x = inputs[0]
        if len(x) != len(self.shape) or any(size not in (1, wanted) for size, wanted in zip(x, self.shape, strict=True) if wanted):
            raise ShapeError(f"{x} cannot be broadcast to {self.shape}.")
        return (tuple(wanted or size for size, wanted in zip(x, self.shape, strict=True)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Keep what is as wanted already, so that the batch may change.

        Raises:
            UnsupportedError: there are more repeats or axes than the machine's `tile` takes.
        """
        old = b.shape(x[0])
        kept = tuple(0 if size == wanted else wanted for size, wanted in zip(old, self.shape, strict=True))
        if not any(kept):
            return x[0]
        if max(kept) > _MOST_REPEATS or len(kept) > _MOST_AXES:
            raise UnsupportedError(
                f"A broadcast of {old} to {self.infer((old,))[0]} is not supported.",
                where=node.name,
                why=f"The machine repeats an axis at most {_MOST_REPEATS} times, of at most {_MOST_AXES} axes.",
                remedy="Leave it out if what follows broadcasts by itself, or split the model below it.",
            )
        return b.op("broadcast_to", x[0], name=node.name, shape=kept) if kept != self.shape else None

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """Repeat."""
        shape = q.shape(x.ref)
        return q.emit("cvm.tile", x.ref, reps=tuple((wanted or size) // size for size, wanted in zip(shape, self.shape, strict=True)))
