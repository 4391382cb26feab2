"""Networks like DenseNet of any size, for each of the viewers in its own format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LAYERS_IN_STAGE = 24
NORM = ("gamma", "beta", "running_mean", "running_var")
KINDS = {"BatchNorm": "norm", "Activation": "activation", "Convolution": "conv", "Concat": "shape", "null": "input"}


@dataclass(frozen=True)
class Operator:
    """One operator with the names of what it reads; stage and layer are its blocks."""

    name: str
    op: str
    reads: tuple[str, ...]
    params: tuple[str, ...]
    stage: int
    layer: int


def operators(nodes: int) -> list[Operator]:
    """Make dense layers until there are `nodes` nodes, parameters among them; a layer has 17."""
    made = [Operator("data", "null", (), (), -1, -1)]
    last = "data"
    for layer in range(round(nodes / 17)):
        for operator in _layer(layer, last):
            made.append(operator)
        last = made[-1].name
    return made


def _layer(layer: int, last: str) -> Iterator[Operator]:
    stage = layer // LAYERS_IN_STAGE
    read = last
    for i in range(2):
        for op in ("BatchNorm", "Activation", "Convolution"):
            name = f"dense{stage}_layer{layer}_{op.lower()}{i}"
            params = {"BatchNorm": NORM, "Convolution": ("weight",), "Activation": ()}[op]
            yield Operator(name, op, (read,), params, stage, layer)
            read = name
    yield Operator(f"dense{stage}_layer{layer}_concat", "Concat", (last, read), (), stage, layer)


def write_mxnet(network: list[Operator], path: Path) -> None:
    """Write an MXNet symbol, which Netron reads."""
    nodes, ids = [], {}
    for operator in network:
        inputs = [ids[name] for name in operator.reads]
        for param in operator.params:
            inputs.append(len(nodes))
            nodes.append({"op": "null", "name": f"{operator.name}_{param}", "inputs": []})
        ids[operator.name] = len(nodes)
        attrs = {"kernel": "(3, 3)", "num_filter": "32"} if operator.op == "Convolution" else {}
        nodes.append({"op": operator.op, "name": operator.name, "attrs": attrs, "inputs": [[i, 0, 0] for i in inputs]})
    leaves = [i for i, node in enumerate(nodes) if node["op"] == "null"]
    path.write_text(json.dumps({"nodes": nodes, "arg_nodes": leaves, "heads": [[len(nodes) - 1, 0, 0]], "attrs": {"mxnet_version": ["int", 10901]}}))


def write_view(network: list[Operator], path: Path) -> None:
    """Write the trait `graph` of our own view."""
    nodes = [
        {
            "id": each.name,
            "name": each.name,
            "op": "Input" if each.op == "null" else each.op,
            "kind": KINDS[each.op],
            "shape": "1x256x14x14",
            "params": [f"{param} 256" for param in each.params],
            "badge": "8 bit" if each.op == "Convolution" else "",
            "block": f"layer{each.layer}" if each.layer >= 0 else "",
            "attrs": {"kernel": "(3, 3)", "num_filter": "32"} if each.op == "Convolution" else {},
        }
        for each in network
    ]
    stages = {each.stage for each in network if each.stage >= 0}
    layers = {each.layer: each.stage for each in network if each.layer >= 0}
    blocks = [{"id": f"stage{stage}", "parent": "", "label": f"stage {stage}", "detail": "", "twin": ""} for stage in sorted(stages)]
    blocks += [{"id": f"layer{layer}", "parent": f"stage{stage}", "label": f"layer {layer}", "detail": "", "twin": "dense"} for layer, stage in layers.items()]
    edges = [[name, each.name, "1x256x14x14"] for each in network for name in each.reads]
    path.write_text(json.dumps({"nodes": nodes, "edges": edges, "blocks": blocks}))


def write_model_explorer(network: list[Operator], path: Path) -> None:
    """Write Model Explorer's own JSON, with the blocks as namespaces and the parameters as nodes."""
    nodes = []
    for each in network:
        namespace = f"stage{each.stage}/layer{each.layer}" if each.layer >= 0 else ""
        reads = [*each.reads, *(f"{each.name}_{param}" for param in each.params)]
        nodes += [{"id": f"{each.name}_{param}", "label": param, "namespace": namespace, "incomingEdges": []} for param in each.params]
        edges = [{"sourceNodeId": name, "sourceNodeOutputId": "0", "targetNodeInputId": str(i)} for i, name in enumerate(reads)]
        nodes.append({"id": each.name, "label": each.op, "namespace": namespace, "incomingEdges": edges})
    path.write_text(json.dumps([{"id": "network", "nodes": nodes}]))
