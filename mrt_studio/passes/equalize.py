"""Even out the channels between two layers, so that one scale suits them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mrt_studio.ir.graph import Builder, Graph, Node, Ref, fold
from mrt_studio.ops.base import make
from mrt_studio.ops.layers.convolution import Convolution
from mrt_studio.ops.layers.fully_connected import FullyConnected
from mrt_studio.ops.layers.pooling import Pooling
from mrt_studio.ops.layers.relu import Relu
from mrt_studio.passes.base import Pass, passes, sole_reader

Reals = NDArray[np.float64]
_ROUNDS, _STILL = 20, 1e-3
"""At most so many rounds over all pairs, or until no factor differs from one by more."""
_LARGEST = 2.0**20
"""Of a factor; channels that are further apart than this do not matter."""


class _Pair(NamedTuple):
    """Two layers with only functions between them that commute with a positive factor for each channel."""

    first: Node
    second: Node


@passes.register("equalize")
@dataclass(frozen=True)
class Equalize(Pass):
    """Cross-layer equalization [Nagel et al. 2019, "Data-free quantization", equation 11].

    Case 1. A convolution or dense layer, then at most ReLUs and maximum poolings, then a layer of the same kind, each the
    only reader of the one before, with weights and biases that nothing else reads: channel c of the first layer is divided by
    sqrt(r1 / r2) and the second multiplied by it, where r1 and r2 are the largest magnitudes of its weights in both. Depthwise
    and grouped convolutions count on both sides, so chains of layers even out over some rounds.

    Left alone: everything behind a residual or several readers, a clip such as ReLU6 (its bounds would differ from channel to
    channel), a dense layer behind a convolution, and channels whose weights are all zero on one side.
    """

    name = "equalize"

    def run(self, graph: Graph) -> Graph:
        """Apply case 1 to all pairs, round by round."""
        pairs = [_Pair(node, second) for node in graph.operators if (second := _second(graph, node)) is not None]
        arrays = {r.name: graph.params[r.name].astype(np.float64) for pair in pairs for node in pair for r in node.inputs[1:]}
        for _ in range(_ROUNDS):
            moved = [_even_out(pair, arrays) for pair in pairs]
            if max(moved, default=0.0) < _STILL:
                break

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
            del x
            return b.param("", arrays[node.name].astype(np.float32), name=node.name) if node.name in arrays else None

        return fold(graph, make, rule, rule_name=self.name)


def _second(graph: Graph, first: Node) -> Node | None:
    """The layer that can be evened out with this one."""
    if not _is_own(graph, first):
        return None
    node = sole_reader(graph, Ref(first.name))
    while node is not None and (isinstance(node.op, Relu) or (isinstance(node.op, Pooling) and node.op.pool_type == "max")):
        node = sole_reader(graph, Ref(node.name))
    if node is None or type(node.op) is not type(first.op) or not _is_own(graph, node) or any(r.name in graph.params for r in node.inputs[:1]):
        return None
    return node if node.inputs[1].name != first.inputs[1].name else None


def _is_own(graph: Graph, node: Node) -> bool:
    """Whether this is a layer over (N, C, H, W) or (N, C) whose weight and bias nothing else reads."""
    if not isinstance(node.op, Convolution | FullyConnected):
        return False
    shape = graph.shape(node.inputs[0])
    plain = len(shape) == 4 and node.op.layout in ("None", "NCHW") if isinstance(node.op, Convolution) else len(shape) == 2
    outputs = {r.name for r in graph.outputs}
    return plain and all(r.name in graph.params and r.name not in outputs and len(graph.consumers[r.name]) == 1 for r in node.inputs[1:])


def _even_out(pair: _Pair, arrays: dict[str, Reals]) -> float:
    """Move the factors of one pair; returns how far the largest is from one."""
    weight, *bias = (r.name for r in pair.first.inputs[1:])
    op: Any = pair.second.op
    groups = op.num_group if isinstance(op, Convolution) else 1
    other = arrays[pair.second.inputs[1].name]
    # (groups, filters, channels of a group, window): the input channels are axes 0 and 2.
    grouped = other.reshape(groups, len(other) // groups, other.shape[1], -1)
    first, second = abs(arrays[weight]).reshape(len(arrays[weight]), -1).max(axis=1), abs(grouped).max(axis=(1, 3)).reshape(-1)
    known = (first > 0) & (second > 0)
    factors = np.where(known, np.sqrt(np.where(known, first, 1) / np.where(known, second, 1)), 1.0)
    factors = np.clip(factors, 1 / _LARGEST, _LARGEST)
    for name in (weight, *bias):
        arrays[name] = arrays[name] / factors.reshape(-1, *(1,) * (arrays[name].ndim - 1))
    arrays[pair.second.inputs[1].name] = (grouped * factors.reshape(groups, 1, -1, 1)).reshape(other.shape)
    return float(abs(np.log(factors)).max(initial=0))
