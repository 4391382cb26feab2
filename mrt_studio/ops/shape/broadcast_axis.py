"""Repetition of named axes of size one."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.rewriting import rewritten


@operator("broadcast_axis", "broadcast_axes")
@dataclass(frozen=True, kw_only=True)
class BroadcastAxis(Rewritten):
    """x with each axis of `axis` repeated up to the size at the same place of `size`."""

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0

    axis: tuple[int, ...] = ints((), low=0, high=7)
    size: tuple[int, ...] = ints((), low=1)

    samples = (Sample({"axis": (2,), "size": (4,)}, ((2, 3, 1),)), Sample({"axis": (1, 3), "size": (3, 2)}, ((2, 1, 5, 1),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes of x with the new ones; the old ones must be 1."""
        x, sizes = inputs[0], dict(zip(self.axis, self.size, strict=False))
        if not len(sizes) == len(self.axis) == len(self.size) or any(a >= len(x) or x[a] != 1 for a in sizes):
            raise ShapeError(f"The axes {self.axis} of {x} cannot be broadcast to the sizes {self.size}.")
        return (tuple(sizes.get(a, size) for a, size in enumerate(x)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
        """Use broadcast_to, which keeps the other axes."""
        sizes = dict(zip(self.axis, self.size, strict=True))
        return rewritten(b, node, x, "broadcast_to", shape=tuple(sizes.get(a, 0) for a in range(len(b.shape(x[0])))))
