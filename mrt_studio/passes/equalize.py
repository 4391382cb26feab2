"""Even out the channels between two layers, so that one scale suits them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from mrt_studio.ir.graph import Builder, Graph, Node, Ref, fold
from mrt_studio.ops.base import make
from mrt_studio.ops.elementwise.clip import Clip
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
    clips: tuple[Node, ...]


@passes.register("equalize")
@dataclass(frozen=True)
class Equalize(Pass):
    """Cross-layer equalization [Nagel et al. 2019, "Data-free quantization", equation 11].

    Case 1. A convolution or dense layer, then at most ReLUs and maximum poolings, then a layer of the same kind, each the
    only reader of the one before, with weights and biases that nothing else reads: channel c of the first layer is divided by
    sqrt(r1 / r2) and the second multiplied by it, where r1 and r2 are the largest magnitudes of its weights in both. Depthwise
    and grouped convolutions count on both sides, so chains of layers even out over some rounds.

    Case 2, with `clips`. A clip from zero up, such as ReLU6, may stand between them too: it becomes a ReLU and a minimum
    with a bound for each channel, since a bound scales as its channel does.

    Left alone: everything behind a residual or several readers, a clip without `clips`, a dense layer behind a convolution,
    and channels whose weights are all zero on one side.
    """

    name = "equalize"

    clips: bool = False

    def run(self, graph: Graph) -> Graph:
        """Apply the cases to all pairs, round by round."""
        pairs = [pair for node in graph.operators if (pair := _pair(graph, node, clips=self.clips)) is not None]
        arrays = {r.name: graph.params[r.name].astype(np.float64) for pair in pairs for node in pair[:2] for r in node.inputs[1:]}
        arrays |= {clip.name: np.full(graph.shape(Ref(clip.name))[1], cast("Clip", clip.op).a_max) for pair in pairs for clip in pair.clips}
        for _ in range(_ROUNDS):
            moved = [_even_out(pair, arrays) for pair in pairs]
            if max(moved, default=0.0) < _STILL:
                break

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
            if node.name not in arrays:
                return None
            array = arrays[node.name].astype(np.float32)
            if node.name in graph.params:
                return b.param("", array, name=node.name)
            bounds = b.param("bounds", array.reshape(1, -1, *(1,) * (len(b.shape(x[0])) - 2)))
            return b.op("broadcast_minimum", b.op("relu", x[0]), bounds, name=node.name)

        return fold(graph, make, rule, rule_name=self.name)


def _pair(graph: Graph, first: Node, *, clips: bool) -> _Pair | None:
    """The layers of which this is the first, if the next one can be evened out with it."""
    if not _is_own(graph, first):
        return None
    between = list[Node]()
    node = sole_reader(graph, Ref(first.name))
    while node is not None and _commutes(node, clips=clips):
        between.append(node)
        node = sole_reader(graph, Ref(node.name))
    if node is None or type(node.op) is not type(first.op) or not _is_own(graph, node) or any(r.name in graph.params for r in node.inputs[:1]):
        return None
    found = _Pair(first, node, tuple(n for n in between if isinstance(n.op, Clip)))
    return found if node.inputs[1].name != first.inputs[1].name else None


def _commutes(node: Node, *, clips: bool) -> bool:
    """Whether a positive factor for each channel may as well come behind it."""
    if isinstance(node.op, Clip):
        return clips and node.op.a_min == 0  # which makes its other bound positive
    return isinstance(node.op, Relu) or (isinstance(node.op, Pooling) and node.op.pool_type == "max")


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
    for name in (weight, *bias, *(clip.name for clip in pair.clips)):
        arrays[name] = arrays[name] / factors.reshape(-1, *(1,) * (arrays[name].ndim - 1))
    arrays[pair.second.inputs[1].name] = (grouped * factors.reshape(groups, 1, -1, 1)).reshape(other.shape)
    return float(abs(np.log(factors)).max(initial=0))
