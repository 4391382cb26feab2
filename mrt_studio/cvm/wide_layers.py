"""Which layers get inputs of fifteen bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mrt_studio.errors import OptionError
from mrt_studio.ir.graph import Graph, Node
from mrt_studio.ops.layers.convolution import Convolution
from mrt_studio.ops.layers.fully_connected import FullyConnected
from mrt_studio.ops.shared.digits import OFFSET
from mrt_studio.passes.signs import nonnegative
from mrt_studio.stats.tensor_stats import TensorStats

KINDS = ("depthwise", "first", "last", "all")


def wide_layers(graph: Graph, wanted: Iterable[str]) -> frozenset[str]:
    """The convolutions and dense layers that are meant by names and by the words of `KINDS`.

    Raises:
        OptionError: a name is none of them.
    """
    layers = {n.name: n for n in graph.operators if isinstance(n.op, Convolution | FullyConnected)}
    order = list(layers)
    kinds = {"depthwise": [name for name in order if _is_depthwise(layers[name])], "first": order[:1], "last": order[-1:], "all": order}
    found = set[str]()
    for word in wanted:
        if word not in kinds and word not in layers:
            raise OptionError(
                f"There is no convolution or dense layer called {word!r}.",
                where="quantize.wide",
                remedy=f"Use names of the prepared model, or {', '.join(KINDS)}.",
            )
        found.update([word] if word in layers else kinds[word])
    return frozenset(found)


def noisy_layers(graph: Graph, stats: Mapping[str, TensorStats], thresholds: Mapping[str, float], below: float, *, unsigned: bool) -> frozenset[str]:
    """The layers whose inputs, rounded to eight bits, have a signal-to-noise ratio under `below` decibels.

    Rounding to steps of d makes the noise power d**2 / 12; what is clipped is not counted.
    """
    proven = nonnegative(graph) if unsigned else frozenset[str]()
    found = set[str]()
    for node in graph.operators:
        name = node.inputs[0].name if node.inputs else ""
        if not isinstance(node.op, Convolution | FullyConnected) or name not in stats:
            continue
        step = thresholds[name] / (2 * OFFSET if name in proven else OFFSET)
        power = stats[name].mean ** 2 + stats[name].std ** 2
        if step and power * 12 < step**2 * 10 ** (below / 10):
            found.add(node.name)
    return frozenset(found)


def _is_depthwise(node: Node) -> bool:
    return isinstance(node.op, Convolution) and 1 < node.op.num_group == node.op.num_filter
