"""Dropout, which inference does not have."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.attributes import choice, ints, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("Dropout")
@dataclass(frozen=True, kw_only=True)
class Dropout(Rewritten):
    """The identity, outside training."""

    arity = (1, 1)
    category = "other"
    ignored = frozenset({"cudnn_off"})

    p: float = real(0.5, low=0, high=1)
    mode: str = choice("training", default="training")
    axes: tuple[int, ...] = ints((), low=-8, high=8)

    samples = (Sample({"p": 0.3}, ((2, 5),)),)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x."""
        return (inputs[0],)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Drop the node."""
        del b, node
        return x[0]
