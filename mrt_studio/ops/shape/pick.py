"""One element of each row."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.fixedpoint import INT32_BITS, count_bits
from mrt_studio.ir.attributes import choice, flag, integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import WIDE_BITS, Operator, Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.axes import axis_of, replaced
from mrt_studio.ops.shared.indices import exact, marks, whole
from mrt_studio.ops.shared.made import check_made
from mrt_studio.ops.shared.reductions import reduce

_MARK_BITS = 2


@operator("pick")
@dataclass(frozen=True, kw_only=True)
class Pick(Operator):
    """Of each row of x along an axis the element that the second tensor names.

    Indices outside are moved to the border.
    """

    arity = (2, 2)
    category = "shape"
    input_names = ("data", "index")
    tolerance = 0.01  # x has eight bits as an input, and its largest element may not be chosen; the choice is exact

    axis: int = integer(-1, low=-8, high=7)
    keepdims: bool = flag(default=False)
    mode: str = choice("clip", default="clip")

    samples = (
        Sample({}, ((2, 5), (2,)), low=0, high=4, whole=True),
        Sample({"axis": 1, "keepdims": True}, ((2, 4, 3), (2, 3)), low=-1, high=5, whole=True),
        Sample({"axis": 1}, ((2, 4, 3), (2, 1, 3)), low=0, high=3, whole=True),
        Sample({}, ((2, 3, 1), (2, 3)), low=0, high=2, whole=True),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x without the axis, or with size one there.

        The second tensor has either shape.
        """
        shape, index = inputs
        axis = axis_of(shape, self.axis)
        if index not in (replaced(shape, axis, 1), replaced(shape, axis)):
            raise ShapeError(f"To pick along the axis {axis} of {shape} the indices need the shape {replaced(shape, axis)}, not {index}.")
        return (replaced(shape, axis, 1) if self.keepdims else replaced(shape, axis) or (1,),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Nothing is to be picked along an axis of one.

        Raises:
            UnsupportedError: the axis is the batch, whose size may change.
        """
        shape = b.shape(x[0])
        axis = axis_of(shape, self.axis)
        if axis == 0:
            raise UnsupportedError("Picking along the batch is not supported.", why="Its size may change.", remedy="Use take instead.")
        if shape[axis] == 1:
            return x[0] if self.keepdims else b.op("squeeze", x[0], name=node.name, axis=(axis,))
        index = whole(b, x[1])
        return None if index == x[1] else b.apply(self, (x[0], index), name=node.name)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Multiply by a one at the index and zeros elsewhere, and add up.

        That is exact, since only one term is not zero.
        """
        del node
        index = exact(q, x[1]).ref
        data = q.requant(x[0], WIDE_BITS)
        shape = q.shape(data.ref)
        axis = axis_of(shape, self.axis)
        check_made(shape[axis], "The positions along the axis")  # more would leave the data no bits
        data = q.requant(x[0], min(WIDE_BITS, INT32_BITS - _MARK_BITS - count_bits(shape[axis])))
        if len(q.shape(index)) < len(shape):
            index = q.emit("cvm.expand_dims", index, axis=axis, hint="column")
        inside = q.emit("cvm.clip", index, a_min=0, a_max=shape[axis] - 1, hint="inside")
        chosen = q.emit("cvm.broadcast_mul", data.ref, marks(q, inside, shape[axis], axis, hint="marks"), hint="chosen")
        return q.result(reduce(q, "sum", chosen, (axis,), keepdims=self.keepdims), data.scale)
