"""Padding with a constant."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import choice, ints, real
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, operator


@operator("Pad", "pad")
@dataclass(frozen=True, kw_only=True)
class Pad(Rewritten):
    """Surround x (N, C, H, W) with zeros: pad_width is (before, after) for each axis."""

    arity = (1, 1)
    category = "shape"

    mode: str = choice("constant")
    pad_width: tuple[int, ...] = ints(low=0, high=4096, lengths=(8,))
    constant_value: float = real(0.0)

    samples = ()  # only in front of a convolution, which takes it over (passes/fold_pad.py)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Each axis grown by its two widths."""
        if len(inputs[0]) != 4 or any(self.pad_width[:4]):
            raise ShapeError(f"Only the last two axes of a 4-D input can be padded, not {self.pad_width} of {inputs[0]}.")
        return (tuple(s + self.pad_width[2 * i] + self.pad_width[2 * i + 1] for i, s in enumerate(inputs[0])),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Refuse what the pass fold_pad left over."""
        del b, x
        raise UnsupportedError(
            "Padding is only supported with zeros in front of a convolution that alone reads it.",
            where=node.name,
            why="The Cortex virtual machine has no padding operator.",
            remedy=f"Split the model in front of {node.name!r}, or pad inside the convolution.",
        )
