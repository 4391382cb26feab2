"""The front of a tensor, as large as another one."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, as_quantized, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("slice_like")
@dataclass(frozen=True, kw_only=True)
class SliceLike(Operator):
    """The first elements of x along the axes, as many as a second tensor has.

    Without axes all are cut. Only the shape of the second tensor is read. It stays an operator where the batch is cut;
    elsewhere the sizes are known and it becomes a slice.
    """

    arity = (2, 2)
    category = "shape"
    input_names = ("data", "shape_like")
    tolerance = 0.0  # values only move

    axes: tuple[int, ...] = ints((), low=-8, high=7)

    samples = (
        Sample({}, ((2, 5, 6), (2, 3, 4))),
        Sample({"axes": (-1, 1)}, ((2, 5, 6), (2, 3, 4, 7))),
        Sample({"axes": (0, 1)}, ((3, 5), (2, 3))),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes of the second tensor on the axes, those of x elsewhere."""
        return (self._sizes(*inputs),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A slice with the sizes as numbers, unless it cuts the batch."""
        shape, sizes = b.shape(x[0]), self._sizes(b.shape(x[0]), b.shape(x[1]))
        if sizes == shape:
            return x[0]
        if sizes[0] != shape[0]:
            return None
        end = tuple(None if size == there else size for size, there in zip(sizes, shape, strict=True))
        return b.op("slice", x[0], name=node.name, begin=(None,) * len(end), end=end)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """The machine has the same operator; scale and precision are those of x."""
        del node
        data, like = (as_quantized(q, operand) for operand in x)
        return q.result(self._emit(q, data, like), data.scale)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """Move the integers, whatever they stand for."""
        return (self._emit(q, *x),)

    def _emit(self, q: Lowering, data: Quantized, like: Quantized) -> Ref:
        rank = len(q.shape(data.ref))
        return q.emit("cvm.slice_like", data.ref, like.ref, axis=tuple(a % rank for a in self.axes))

    def _sizes(self, shape: Shape, like: Shape) -> Shape:
        rank = len(shape)
        axes = {a + rank if a < 0 else a for a in self.axes} or set(range(rank))
        if (not self.axes and len(like) != rank) or not axes <= set(range(min(rank, len(like)))) or any(like[a] > shape[a] for a in axes):
            raise ShapeError(f"{shape} cannot be cut to the size of {like} along {self.axes or 'all axes'}.")
        return tuple(like[i] if i in axes else size for i, size in enumerate(shape))
