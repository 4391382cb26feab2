"""Changes of the number type."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import choice
from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.unary import Unary


@dataclass(frozen=True, kw_only=True)
class FloatCast(Unary, Rewritten):
    """x itself for the float types, which all stand for the same numbers.

    Integer types are refused: they would change what follows.
    """

    category = "other"
    dtype: str = choice("float32", "float16", "float64")
    samples = (Sample({"dtype": "float32"}, ((2, 3, 4),)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the node."""
        del b, node
        return x[0]


@operator("Cast", "cast")
class Cast(FloatCast):
    """x in another float type."""


@operator("amp_cast")
class AmpCast(FloatCast):
    """x in the float type that automatic mixed precision chose."""
