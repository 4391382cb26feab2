"""Move what a layer always adds into the bias of the next one, so that fewer codes are spent on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.ir.graph import Builder, Graph, Node, Ref, fold
from mrt_studio.ops.base import make
from mrt_studio.ops.layers.activation import Activation
from mrt_studio.ops.layers.batch_norm import BatchNorm
from mrt_studio.ops.layers.convolution import Convolution
from mrt_studio.ops.layers.fully_connected import FullyConnected
from mrt_studio.ops.layers.relu import Relu
from mrt_studio.passes.base import Pass, passes, replace_param, sole_reader

Reals = NDArray[np.float64]
_SIGMAS = 3
"""A normal distribution has 0.13 % of its values further below its mean [Nagel et al. 2019]."""
_BELOW = "0.13 %"


@passes.register("absorb_bias")
@dataclass(frozen=True)
class AbsorbBias(Pass):
    """High-bias absorption [Nagel et al. 2019, "Data-free quantization", section 4.1.3].

    A channel behind a batch normalisation has the mean beta and the standard deviation |gamma|. Where c = beta - 3 |gamma| is
    positive, ReLU(y) - c and ReLU(y - c) are the same for all but 0.13 % of a normal distribution's values: c is taken from
    beta, and the weights of the next layer times c are added to its bias. Values need not be normal: `effect` says how many
    channels rest on it. The pass needs batch normalisations that are not folded yet. Equalization may come before or after:
    it looks at weights alone, and scales c as it scales beta and gamma.

    Case 1. A batch normalisation along axis 1 with known parameters, then a ReLU, then a convolution without padding or a
    dense layer over (N, C), each the only reader of the one before, with weights and bias known.

    Left alone: channels without such a c; a ReLU6, whose upper bound would differ from channel to channel; a convolution
    that pads, since the border would need another bias.
    """

    name = "absorb_bias"

    def run(self, graph: Graph) -> Graph:
        """Apply case 1 wherever it holds."""
        lowered = _absorbed(graph)
        raised = {_layer_behind(graph, graph[name]): c for name, c in lowered.items()}

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | tuple[Ref, ...] | None:
            if node.name in lowered:
                beta = graph.params[node.inputs[2].name] - lowered[node.name]
                new = replace_param(b, graph, node.inputs[2].name, x[2], beta.astype(np.float32), "beta")
                b.apply(node.op, (*x[:2], new, *x[3:]), name=node.name)
                return tuple(Ref(node.name, i) for i in range(node.op.outputs))
            return _with_bias(b, graph, node, x, raised[node.name]) if node.name in raised else None

        return fold(graph, make, rule, rule_name=self.name)

    def effect(self, graph: Graph) -> str:
        """How many channels it changes."""
        found = _absorbed(graph)
        channels = sum(int((c > 0).sum()) for c in found.values())
        return f"High biases absorbed: {channels} channels of {len(found)} layers; of a normal distribution {_BELOW} of their values change." if found else ""


def _absorbed(graph: Graph) -> Mapping[str, Reals]:
    """What is taken from beta, (C), for each batch normalisation where it is not all zeros."""
    found = dict[str, Reals]()
    for node in graph.operators:
        if isinstance(node.op, BatchNorm) and _layer_behind(graph, node):
            gamma, beta = (graph.params[r.name].astype(np.float64) for r in node.inputs[1:3])
            c = np.maximum(beta - _SIGMAS * (1 if node.op.fix_gamma else abs(gamma)), 0)
            if c.any():
                found[node.name] = c
    return found


def _layer_behind(graph: Graph, norm: Node) -> str:
    """The name of the layer that can take over a bias from this batch normalisation; empty without one."""
    op: Any = norm.op
    if op.axis not in (1, 1 - len(norm.shapes[0])) or any(r.name not in graph.params for r in norm.inputs[1:]):
        return ""
    function = sole_reader(graph, Ref(norm.name))
    if function is None or not (isinstance(function.op, Relu) or (isinstance(function.op, Activation) and function.op.act_type == "relu")):
        return ""
    layer = sole_reader(graph, Ref(function.name))
    if layer is None or layer.inputs[0].name != function.name or any(r.name not in graph.params for r in layer.inputs[1:]):
        return ""
    if isinstance(layer.op, Convolution):
        fits = len(layer.op.kernel) == 2 and layer.op.layout in ("None", "NCHW") and not any(layer.op.pad)
    else:
        fits = isinstance(layer.op, FullyConnected) and len(graph.shape(layer.inputs[0])) == 2
    return layer.name if fits else ""


def _with_bias(b: Builder, graph: Graph, layer: Node, x: tuple[Ref, ...], c: Reals) -> Ref:
    """The layer with its weights times c (C) added to its bias."""
    op: Any = layer.op
    weight = graph.params[layer.inputs[1].name].astype(np.float64)
    groups = op.num_group if isinstance(op, Convolution) else 1
    sums = weight.reshape(groups, len(weight) // groups, weight.shape[1], -1).sum(axis=3)
    added = np.einsum("goc,gc->go", sums, c.reshape(groups, -1)).reshape(-1)
    if len(layer.inputs) > 2:
        old = layer.inputs[2].name
        bias = replace_param(b, graph, old, x[2], (graph.params[old] + added).astype(np.float32), "bias")
    else:
        bias = b.param("bias", added.astype(np.float32))
    return b.apply(replace(op, no_bias=False), (*x[:2], bias), name=layer.name)
