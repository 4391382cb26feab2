"""Comparisons of two broadcast tensors: 1 where they hold, else 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mrt_studio.ir.graph import Node
from mrt_studio.ops.base import Sample, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.broadcasting import Broadcasting
from mrt_studio.ops.shared.truth import Kind, compared, exceeds


@dataclass(frozen=True, kw_only=True)
class Comparison(Broadcasting):
    """A comparison.

    It is exact for what the integers of a tensor and a parameter, or of two tensors of one scale, stand for.
    """

    kind: ClassVar[Kind]
    # Tensors of different scales meet at scales that agree to 2**-15: pairs nearer than that may count as equal or not.
    tolerance = 0.0
    samples = (*Broadcasting.samples, Sample({}, ((2, 7), (2, 7))))

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Compare the integers at one scale."""
        del node
        out = compared(q, self.kind, lambda hint: exceeds(q, x[0], x[1], hint), lambda hint: exceeds(q, x[1], x[0], hint))
        return q.known(out, 1.0, 1.0)


@operator("broadcast_greater")
class BroadcastGreater(Comparison):
    """a > b."""

    kind = "greater"


@operator("broadcast_greater_equal")
class BroadcastGreaterEqual(Comparison):
    """a >= b."""

    kind = "greater_equal"


@operator("broadcast_lesser")
class BroadcastLesser(Comparison):
    """a < b."""

    kind = "lesser"


@operator("broadcast_lesser_equal")
class BroadcastLesserEqual(Comparison):
    """a <= b."""

    kind = "lesser_equal"


@operator("broadcast_equal")
class BroadcastEqual(Comparison):
    """a == b."""

    kind = "equal"


@operator("broadcast_not_equal")
class BroadcastNotEqual(Comparison):
    """a != b."""

    kind = "not_equal"
