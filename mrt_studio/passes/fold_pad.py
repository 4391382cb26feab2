"""Fold zero padding into the convolution behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from mrt_studio.ir.graph import Array, Builder, Graph, Node, Ref, fold
from mrt_studio.ops.base import make
from mrt_studio.ops.layers.convolution import Convolution
from mrt_studio.ops.shape.pad import Pad
from mrt_studio.ops.shared.windows import channels_last
from mrt_studio.passes.base import Pass, passes, replace_param, sole_reader


@passes.register("fold_pad")
@dataclass(frozen=True)
class FoldPad(Pass):
    """The Cortex virtual machine pads inside convolutions only, and equally on both sides.

    Case 1. Zero padding, equal before and after, alone read by a convolution: its `pad` grows.
    Case 2. The same with different widths (TensorFlow's SAME at stride two): the convolution pads both
    sides by the larger width, and the kernel gets rows or columns of zeros on the shorter side, so
    that every window covers the same values.

    Left alone: padding in another mode or with another constant, read by several nodes or by something else, and case 2
    with a dilated convolution.
    """

    name = "fold_pad"

    def run(self, graph: Graph) -> Graph:
        """Apply both cases wherever they hold."""

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
            if _reader(graph, node) is not None:
                return x[0]
            source = graph[node.inputs[0].name] if isinstance(node.op, Convolution) else None
            if source is None or _reader(graph, source) is not node:
                return None
            with b.scope(node.name, (*source.origin, *node.origin), self.name):
                return _fold(b, graph, cast("Pad", source.op), node, x)

        return fold(graph, make, rule, rule_name=self.name)


def _reader(graph: Graph, node: Node) -> Node | None:
    """The convolution that can take over this padding."""
    pad = node.op
    if not isinstance(pad, Pad) or pad.mode != "constant" or pad.constant_value != 0 or len(pad.pad_width) != 8:
        return None
    reader = sole_reader(graph, Ref(node.name))
    if reader is None or not isinstance(reader.op, Convolution) or reader.inputs[0].name != node.name or reader.inputs[1].name not in graph.params:
        return None
    if channels_last(reader.op.layout) or len(reader.op.kernel) != 2:
        return None
    before, after = pad.pad_width[4::2], pad.pad_width[5::2]
    return reader if before == after or reader.op.dilate == (1, 1) else None


def _fold(b: Builder, graph: Graph, padding: Pad, node: Node, x: tuple[Ref, ...]) -> Ref:
    conv, widths = cast("Convolution", node.op), padding.pad_width[4:]
    grow = tuple((max(0, after - before), max(0, before - after)) for before, after in (widths[:2], widths[2:]))
    pad = tuple(max(widths[2 * i], widths[2 * i + 1]) + conv.pad[i] for i in range(2))
    weight = x[1]
    if any(map(any, grow)):
        array: Array = np.pad(graph.params[node.inputs[1].name], ((0, 0), (0, 0), *grow))
        weight = replace_param(b, graph, node.inputs[1].name, x[1], array, "weight")
    kernel = tuple(k + sum(g) for k, g in zip(conv.kernel, grow, strict=True))
    return b.apply(replace(conv, kernel=kernel, pad=pad), (x[0], weight, *x[2:]), name=node.name)
