"""Pieces along an axis, cut anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import flag, integer, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.axes import axis_of
from mrt_studio.ops.shared.splitting import batch_pieces, even_cuts, pieces, shapes_of


@operator("_split_v2")
@dataclass(frozen=True, kw_only=True)
class SplitV2(Rewritten):
    """`sections` pieces as equal as can be, or pieces that begin at `indices`.

    With 0 sections the indices count; the first of them is 0.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    indices: tuple[int, ...] = ints(low=0)
    axis: int = integer(1, low=-8, high=7)
    squeeze_axis: bool = flag(default=False)
    sections: int = integer(0, low=0, high=4096)

    samples = (
        Sample({"indices": (0, 2, 3), "axis": -1}, ((2, 3, 6),), outputs=3),
        Sample({"indices": (), "sections": 4, "axis": -1}, ((2, 6),), outputs=4),
        Sample({"indices": (0, 1, 2), "squeeze_axis": True}, ((2, 3, 4),), outputs=3),
        Sample({"indices": (), "sections": 2, "axis": 0}, ((4, 3),), outputs=2),
    )

    @property
    def outputs(self) -> int:
        """As many as there are pieces."""
        return max(self.sections or len(self.indices), 1)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of each piece."""
        axis = axis_of(inputs[0], self.axis)
        return shapes_of(inputs[0], axis, self._cuts(inputs[0][axis]), squeeze=self.squeeze_axis)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
        """A slice for each piece.

        Raises:
            UnsupportedError: sections of the batch that are not equal, which another batch would cut elsewhere.
        """
        shape = b.shape(x[0])
        axis = axis_of(shape, self.axis)
        if axis or not self.sections:
            return pieces(b, node, x[0], axis, self._cuts(shape[axis]), squeeze=self.squeeze_axis)
        if shape[0] % self.sections:
            raise UnsupportedError(
                f"A batch of {shape[0]} is cut into {self.sections} sections that are not equal.",
                why="Another batch would be cut elsewhere.",
                remedy="Cut at indices, or into equal sections.",
            )
        return batch_pieces(b, node, x[0], self.sections, squeeze=self.squeeze_axis)

    def _cuts(self, size: int) -> list[int]:
        if self.sections:
            return even_cuts(size, self.sections)
        if self.indices[:1] != (0,):
            raise ShapeError(f"The pieces begin at {self.indices}.", why="The first begins at 0.")
        return [*self.indices, size]
