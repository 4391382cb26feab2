"""Repetition of the whole tensor."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.axes import held


@operator("tile")
@dataclass(frozen=True, kw_only=True)
class Tile(Transparent):
    """x `reps` times along each axis.

    Of axes and numbers the shorter list gets ones in front.
    """

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    reps: tuple[int, ...] = ints(low=1, high=4096, lengths=(1, 2, 3, 4, 5, 6))

    samples = (Sample({"reps": (1, 2, 3)}, ((2, 3, 4),)), Sample({"reps": (2,)}, ((2, 3),)), Sample({"reps": (3, 1, 2)}, ((2, 3),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The sizes times `reps`."""
        pairs = zip_longest(reversed(inputs[0]), reversed(self.reps), fillvalue=1)
        return (tuple(size * count for size, count in pairs)[::-1],)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine has the same operator."""
        return held(q, q.emit("cvm.tile", x.ref, reps=self.reps))
