"""Inverse equalization: unbalance channels without changing what a network computes [systems: function-preserving stress].

Where a convolution's output goes through ReLU into one other convolution, its channel c is multiplied by a factor s_c > 0
and the next weights are divided by it. ReLU lets positive factors pass, so the function stays what it was.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mrt_studio.ir.graph import Graph, Node
from mrt_studio.stages.graph_files import save_graph


def unbalanced(graph: Graph, sigma: float, seed: int = 0) -> Graph:
    """The prepared float graph with channels scaled by exp(sigma z), z normal; sigma 0 changes nothing."""
    rng, params = np.random.default_rng(seed), dict(graph.params)
    for node in graph.operators:
        follower = _follower(graph, node) if node.op.name == "Convolution" else None
        if follower is None:
            continue
        weight = params[node.inputs[1].name]
        factors = np.exp(sigma * rng.standard_normal(weight.shape[0]))
        params[node.inputs[1].name] = weight * factors.reshape(-1, 1, 1, 1)
        if len(node.inputs) > 2:
            params[node.inputs[2].name] = params[node.inputs[2].name] * factors
        after = params[follower.inputs[1].name]
        depthwise = int(follower.op.attributes().get("num_group", "1")) > 1
        params[follower.inputs[1].name] = after / factors.reshape((-1, 1, 1, 1) if depthwise else (1, -1, 1, 1))
    return replace(graph, params={name: array.astype(np.float32) for name, array in params.items()})


def save_unbalanced(graph: Graph, sigma: float, folder: Path) -> tuple[Path, Path]:
    """Write the unbalanced graph as model files."""
    folder.mkdir(parents=True, exist_ok=True)
    save_graph(folder, f"sigma{sigma}", unbalanced(graph, sigma))
    return folder / f"sigma{sigma}.json", folder / f"sigma{sigma}.params"


def _follower(graph: Graph, node: Node) -> Node | None:
    """The convolution that alone reads the ReLU that alone reads this one."""
    readers = graph.consumers[node.name]
    if len(readers) != 1 or not _is_relu(readers[0]):
        return None
    after = graph.consumers[readers[0].name]
    return after[0] if len(after) == 1 and after[0].op.name == "Convolution" else None


def _is_relu(node: Node) -> bool:
    return node.op.name == "relu" or (node.op.name == "Activation" and node.op.attributes()["act_type"] == "relu")
