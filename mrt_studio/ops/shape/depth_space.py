"""Blocks of an image as channels, and back."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@dataclass(frozen=True, kw_only=True)
class _Blocks(Rewritten):
    """Moves values between channels and blocks of `block_size` squared pixels."""

    arity = (1, 1)
    category = "shape"
    tolerance = 0.0  # values only move

    block_size: int = integer(low=1, high=4096)


@operator("depth_to_space")
@dataclass(frozen=True, kw_only=True)
class DepthToSpace(_Blocks):
    """(N, b*b*C, H, W) to (N, C, b*H, b*W).

    The first channels are the first pixels of each block.
    """

    samples = (Sample({"block_size": 2}, ((2, 8, 2, 3),)), Sample({"block_size": 3}, ((1, 9, 2, 1),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, b*H, b*W)."""
        data, b = inputs[0], self.block_size
        if len(data) != 4 or data[1] % (b * b):
            raise ShapeError(f"The channels of {data} are no blocks of {b} by {b} pixels.", why="It needs four axes, and a multiple of the block's pixels.")
        return ((data[0], data[1] // (b * b), data[2] * b, data[3] * b),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Split the channels, bring the halves behind height and width, merge."""
        _, c, h, w = b.shape(x[0])
        s = self.block_size
        split = b.op("Reshape", x[0], hint="split", shape=(-1, s, s, c // (s * s), h, w))
        moved = b.op("transpose", split, hint="moved", axes=(0, 3, 4, 1, 5, 2))
        return b.op("Reshape", moved, name=node.name, shape=(-1, c // (s * s), h * s, w * s))


@operator("space_to_depth")
@dataclass(frozen=True, kw_only=True)
class SpaceToDepth(_Blocks):
    """(N, C, b*H, b*W) to (N, b*b*C, H, W).

    The first pixels of each block are the first channels.
    """

    samples = (Sample({"block_size": 2}, ((2, 3, 4, 6),)), Sample({"block_size": 3}, ((1, 1, 6, 3),)))

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, b*b*C, H, W)."""
        data, b = inputs[0], self.block_size
        if len(data) != 4 or data[2] % b or data[3] % b:
            raise ShapeError(f"{data} has no blocks of {b} by {b} pixels.", why="It needs four axes, and a height and width that are multiples of the block's.")
        return ((data[0], data[1] * b * b, data[2] // b, data[3] // b),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Split height and width, bring their halves in front of the channels, merge."""
        _, c, h, w = b.shape(x[0])
        s = self.block_size
        split = b.op("Reshape", x[0], hint="split", shape=(-1, c, h // s, s, w // s, s))
        moved = b.op("transpose", split, hint="moved", axes=(0, 3, 5, 1, 2, 4))
        return b.op("Reshape", moved, name=node.name, shape=(-1, c * s * s, h // s, w // s))
