"""Repetition of axes of size one up to the shape of another tensor."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, as_quantized, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.rewriting import rewritten


@operator("broadcast_like")
@dataclass(frozen=True, kw_only=True)
class BroadcastLike(Operator):
    """lhs with its axes of size one repeated up to the sizes of rhs.

    With `lhs_axes` only these are repeated, up to the sizes of `rhs_axes`.
    """

    arity = (2, 2)
    category = "shape"
    input_names = ("lhs", "rhs")
    tolerance = 2.0**-15  # a parameter is rounded to sixteen bits; data stay as they are

    lhs_axes: tuple[int, ...] | None = ints(None, low=-8, high=7, optional=True)
    rhs_axes: tuple[int, ...] | None = ints(None, low=-8, high=7, optional=True)

    samples = (
        Sample({}, ((2, 3, 1, 1), (2, 3, 4, 5))),
        Sample({"lhs_axes": (1,), "rhs_axes": (-1,)}, ((2, 1, 4), (2, 6))),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes of rhs where lhs is repeated; the old ones there must be 1 or equal."""
        lhs, rhs = inputs
        sizes = {a: rhs[o] for a, o in self._pairs(lhs, rhs)}
        if any(lhs[a] not in (1, size) for a, size in sizes.items()):
            raise ShapeError(f"{lhs} cannot be broadcast like {rhs}.")
        return (tuple(sizes.get(a, size) for a, size in enumerate(lhs)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
        """Use broadcast_to for named axes, whose sizes are known.

        Raises:
            UnsupportedError: an axis gets the size of the batch, which may change.
        """
        if self.lhs_axes is None:
            return None
        lhs, rhs = b.shape(x[0]), b.shape(x[1])
        pairs = [(a, o) for a, o in self._pairs(lhs, rhs) if (a, o) != (0, 0) or b.array(x[0]) is not None]
        if any(o == 0 for _, o in pairs) and b.array(x[1]) is None:
            raise UnsupportedError(
                f"A broadcast of {lhs} to the batch of {rhs} along named axes is not supported.",
                where=node.name,
                why="The batch may change later.",
                remedy="Leave out lhs_axes and rhs_axes.",
            )
        sizes = {a: rhs[o] for a, o in pairs}
        return rewritten(b, node, x[:1], "broadcast_to", shape=tuple(sizes.get(a, 0) for a in range(len(lhs))))

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Add zeros in the shape of rhs."""
        del node
        data, like = (as_quantized(q, operand) for operand in x)
        zeros = q.emit("cvm.cvm_clip", like.ref, precision=1, hint="zeros")
        return q.result(q.emit("cvm.broadcast_add", data.ref, zeros), data.scale)

    def _pairs(self, lhs: Shape, rhs: Shape) -> list[tuple[int, int]]:
        """Which axis of lhs gets the size of which axis of rhs.

        Raises:
            ShapeError: the numbers of axes differ, or an axis does not exist or is named twice.
        """
        mine, other = (range(len(lhs)), range(len(rhs))) if self.lhs_axes is None and self.rhs_axes is None else (self.lhs_axes or (), self.rhs_axes or ())
        fits = len(mine) == len(other) and all(-len(lhs) <= a < len(lhs) for a in mine) and all(-len(rhs) <= o < len(rhs) for o in other)
        pairs = [(a % len(lhs), o % len(rhs)) for a, o in zip(mine, other, strict=False)] if fits else []
        if not pairs or len({a for a, _ in pairs}) < len(pairs):
            raise ShapeError(f"The axes {self.lhs_axes} of {lhs} and {self.rhs_axes} of {rhs} do not belong together.")
        return pairs
