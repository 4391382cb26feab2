"""The block that MobileNetV2 and EfficientNet-Lite are made of.

Expand with a 1x1 convolution, filter each channel, project back with a 1x1 convolution; where neither
size nor channels change, the block's input is added. Each convolution has a BatchNorm, all but the
projection a ReLU6. [Sandler et al. 2018, table 1]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from mrt_studio.demos.symbol_writer import SymbolWriter


class Stage(NamedTuple):
    """A row of a network's table: `repeats` blocks, of which the first has the stride."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    outputs: int


@dataclass(frozen=True)
class Block:
    """One block, named after its stage and its place in it; `inputs` and `outputs` are channels."""

    name: str
    kernel: int
    stride: int
    expansion: int
    inputs: int
    outputs: int

    @property
    def is_residual(self) -> bool:
        """Whether the block's input is added to its output."""
        return self.stride == 1 and self.inputs == self.outputs


def blocks(stages: tuple[Stage, ...], inputs: int) -> Iterator[Block]:
    """The blocks of all stages in order; the first has `inputs` channels. Stages count from 1, blocks from 0."""
    for number, stage in enumerate(stages, 1):
        for place in range(stage.repeats):
            yield Block(f"stage{number}_block{place}", stage.kernel, stage.stride if place == 0 else 1, stage.expansion, inputs, stage.outputs)
            inputs = stage.outputs


@dataclass(frozen=True)
class BlockWriter:
    """Writes blocks; with `same`, strided convolutions pad as TensorFlow's SAME does on even sizes."""

    writer: SymbolWriter
    eps: float
    same: bool

    def classifier(self, stages: tuple[Stage, ...], *, stem: int, head: int, classes: int) -> bytes:
        """A whole network as symbol JSON: stem, blocks, head, and a dense layer on the average."""
        w = self.writer
        x = self.relu6("stem", self.conv("stem", w.variable("data"), stem, 3, stride=2))
        for block in blocks(stages, stem):
            x = self.block(block, x)
        x = self.relu6("head", self.conv("head", x, head, 1))
        x = w.flatten("classifier_flatten", w.global_average("classifier_pool", x))
        return w.to_json(w.dense("classifier_dense", w.dropout("classifier_dropout", x, 0.2), classes))

    def block(self, block: Block, x: int) -> int:
        """Add one block."""
        width = block.inputs * block.expansion
        y = x
        if block.expansion != 1:
            y = self.relu6(f"{block.name}_expand", self.conv(f"{block.name}_expand", y, width, 1))
        y = self.relu6(f"{block.name}_depthwise", self.conv(f"{block.name}_depthwise", y, width, block.kernel, stride=block.stride, groups=width))
        y = self.conv(f"{block.name}_project", y, block.outputs, 1)
        return self.writer.add(f"{block.name}_add", y, x) if block.is_residual else y

    def conv(self, name: str, x: int, filters: int, kernel: int, *, stride: int = 1, groups: int = 1) -> int:
        """Add a padded convolution and its BatchNorm."""
        pad = kernel // 2
        if self.same and stride == 2:
            # SAME needs kernel - 2 zeros for an even size and puts the odd one at the end.
            before = (kernel - 2) // 2
            x, pad = self.writer.pad(f"{name}_pad", x, before, kernel - 2 - before), 0
        x = self.writer.convolution(f"{name}_conv", x, filters, kernel, stride=stride, pad=pad, groups=groups)
        return self.writer.batch_norm(f"{name}_bn", x, self.eps)

    def relu6(self, name: str, x: int) -> int:
        """Limit values to [0, 6]."""
        return self.writer.clip(f"{name}_relu6", x, 0.0, 6.0)
