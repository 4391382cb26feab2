"""Fold batch normalisation into the convolution, deconvolution or dense layer in front of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mrt_studio.ir.graph import Array, Builder, Graph, Node, Ref, fold
from mrt_studio.ops.base import make
from mrt_studio.ops.layers.batch_norm import BatchNorm
from mrt_studio.ops.layers.convolution import Convolution
from mrt_studio.ops.layers.deconvolution import Deconvolution
from mrt_studio.ops.layers.fully_connected import FullyConnected
from mrt_studio.passes.base import Pass, passes, replace_param, sole_reader


@passes.register("fold_batch_norm")
@dataclass(frozen=True)
class FoldBatchNorm(Pass):
    """scale * (W x + b) + shift = (scale W) x + (scale b + shift), in float64.

    Case 1. A batch normalisation with known statistics, along the axis of the filters, alone reads a convolution,
    a deconvolution or a fully connected layer with known weight and bias: the layer takes it over and keeps its own name.

    Left alone: any other batch normalisation (prepare turns it into a product and a sum at sixteen bits). One in
    front of a layer too: its factors would spread the weights of one layer, which have eight bits and one scale.
    Parameters that other nodes share stay as they are for those.
    """

    name = "fold_batch_norm"

    def run(self, graph: Graph) -> Graph:
        """Apply case 1 wherever it holds."""
        deferred = dict[str, tuple[Ref, ...]]()

        def rule(b: Builder, node: Node, x: tuple[Ref, ...]) -> tuple[Ref, ...] | None:
            if _absorber(graph, node) is not None:
                deferred[node.name] = x
                return (x[0],)  # emitted when its batch normalisation, its only reader, comes
            norm, layer = node.op, graph[node.inputs[0].name] if node.inputs else node
            if not isinstance(norm, BatchNorm) or layer.name not in deferred:
                return None
            with b.scope(layer.name, (*layer.origin, *node.origin), self.name):
                out = _absorb(b, graph, layer, norm.affine(tuple(graph.params[r.name] for r in node.inputs[1:])), deferred[layer.name])
            return (out,) * norm.outputs

        return fold(graph, make, rule, rule_name=self.name)


def _absorber(graph: Graph, layer: Node) -> Node | None:
    """The batch normalisation that this layer can take over."""
    if not isinstance(layer.op, Convolution | Deconvolution | FullyConnected):
        return None
    reader = sole_reader(graph, Ref(layer.name))
    if reader is None or not isinstance(reader.op, BatchNorm) or reader.inputs[0].name != layer.name:
        return None
    if any(r.name == reader.name and r.index for r in (*graph.outputs, *(r for n in graph.consumers[reader.name] for r in n.inputs))):
        return None  # its statistics are read, which legalize refuses
    rank = len(graph.shape(Ref(layer.name)))
    filters = layer.op.channel_axis if isinstance(layer.op, Convolution) else 1 if isinstance(layer.op, Deconvolution) else rank - 1
    if reader.op.axis % rank != filters:
        return None
    known = all(r.name in graph.params for r in (*layer.inputs[1:], *reader.inputs[1:]))
    return reader if known else None


def _absorb(b: Builder, graph: Graph, layer: Node, affine: tuple[Array, Array], x: tuple[Ref, ...]) -> Ref:
    (scale, bias), (weight, *own_bias) = affine, (graph.params[r.name].astype(np.float64) for r in layer.inputs[1:])
    weight = (weight * _spread(layer, scale, weight)).astype(np.float32)
    new_weight = replace_param(b, graph, layer.inputs[1].name, x[1], weight, "weight")
    if own_bias:
        new_bias = replace_param(b, graph, layer.inputs[2].name, x[2], (scale * own_bias[0] + bias).astype(np.float32), "bias")
    else:
        new_bias = b.param("bias", bias.astype(np.float32))
    op: Any = layer.op
    return b.apply(replace(op, no_bias=False), (x[0], new_weight, new_bias), name=layer.name)


def _spread(layer: Node, scale: Array, weight: Array) -> Array:
    """The factor of each filter in the shape of the weight, (O, ...) or for deconvolutions (C, O/groups, ...)."""
    rest = (1,) * (weight.ndim - 2)
    if not isinstance(layer.op, Deconvolution):
        return scale.reshape(-1, 1, *rest)
    groups = layer.op.num_group
    return np.repeat(scale.reshape(groups, -1), weight.shape[0] // groups, axis=0).reshape(*weight.shape[:2], *rest)
