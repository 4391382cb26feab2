"""Equal pieces along an axis."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.axes import axis_of
from mrt_studio.ops.shared.splitting import batch_pieces, even_cuts, pieces, shapes_of


@operator("SliceChannel", "split")
@dataclass(frozen=True, kw_only=True)
class SliceChannel(Rewritten):
    """`num_outputs` equal pieces along an axis.

    With `squeeze_axis` they are of size one, and the axis goes.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    num_outputs: int = integer(low=1, high=4096)
    axis: int = integer(1, low=-8, high=7)
    squeeze_axis: bool = flag(default=False)

    samples = (
        Sample({"num_outputs": 3}, ((2, 6, 2),), outputs=3),
        Sample({"num_outputs": 3, "axis": -1, "squeeze_axis": True}, ((2, 4, 3),), outputs=3),
        Sample({"num_outputs": 2, "axis": 0}, ((4, 3),), outputs=2),
        Sample({"num_outputs": 2, "axis": 0, "squeeze_axis": True}, ((2, 3),), outputs=2),
        Sample({"num_outputs": 1}, ((2, 3),)),
    )

    @property
    def outputs(self) -> int:
        """As many as there are pieces."""
        return self.num_outputs

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of each piece."""
        axis = axis_of(inputs[0], self.axis)
        if inputs[0][axis] % self.num_outputs:
            raise ShapeError(f"The axis {axis} of {inputs[0]} cannot be cut into {self.num_outputs} equal pieces.")
        return shapes_of(inputs[0], axis, even_cuts(inputs[0][axis], self.num_outputs), squeeze=self.squeeze_axis)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
        """A slice for each piece."""
        shape = b.shape(x[0])
        axis = axis_of(shape, self.axis)
        if self.num_outputs == 1 and not self.squeeze_axis:
            return x[0]
        if axis == 0:
            return batch_pieces(b, node, x[0], self.num_outputs, squeeze=self.squeeze_axis)
        return pieces(b, node, x[0], axis, even_cuts(shape[axis], self.num_outputs), squeeze=self.squeeze_axis)
