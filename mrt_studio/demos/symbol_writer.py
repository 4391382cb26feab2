"""MXNet symbol JSON written node by node, without MXNet.

Each method adds one operator of MXNet 1.9.1 and returns its node's number; parameters become variables
named after the operator, as MXNet's own front end names them.
"""

from __future__ import annotations

import json
from typing import Any

from mrt_studio.errors import ModelError


class SymbolWriter:
    """Collects nodes in the order they are made; images are NCHW.

    Some operators have outputs that only MXNet itself reads; they count in the file's `node_row_ptr`.
    """

    def __init__(self) -> None:
        self._nodes: list[dict[str, Any]] = []
        self._names: set[str] = set()
        self._row_ends = [0]

    def variable(self, name: str) -> int:
        """Add an input or a parameter."""
        return self._node("null", name, {}, ())

    def convolution(self, name: str, x: int, filters: int, kernel: int, *, stride: int = 1, pad: int = 0, groups: int = 1, bias: bool = False) -> int:
        """Add a square 2-D convolution."""
        attributes = {"kernel": (kernel, kernel), "no_bias": not bias, "num_filter": filters, "num_group": groups}
        attributes |= {"pad": (pad, pad), "stride": (stride, stride)}
        return self._node("Convolution", name, attributes, (x, *self._parameters(name, "weight", *(["bias"] if bias else []))))

    def batch_norm(self, name: str, x: int, eps: float) -> int:
        """Add a BatchNorm over the channels, with its own gamma."""
        parameters = self._parameters(name, "gamma", "beta", "moving_mean", "moving_var")
        return self._node("BatchNorm", name, {"axis": 1, "eps": eps, "fix_gamma": False, "use_global_stats": False}, (x, *parameters), hidden=2)

    def clip(self, name: str, x: int, low: float, high: float) -> int:
        """Limit values to [low, high]."""
        return self._node("clip", name, {"a_max": high, "a_min": low}, (x,))

    def relu(self, name: str, x: int) -> int:
        """Set negative values to 0."""
        return self._node("Activation", name, {"act_type": "relu"}, (x,))

    def max_pooling(self, name: str, x: int, kernel: int, stride: int) -> int:
        """Add a square max pooling whose windows stay inside the image."""
        attributes = {"kernel": (kernel, kernel), "pool_type": "max", "pooling_convention": "valid", "stride": (stride, stride)}
        return self._node("Pooling", name, attributes, (x,), hidden=1)

    def global_average(self, name: str, x: int) -> int:
        """Average each channel over the whole image; the result is (N, C, 1, 1)."""
        return self._node("Pooling", name, {"global_pool": True, "kernel": (1, 1), "pool_type": "avg"}, (x,))

    def pad(self, name: str, x: int, before: int, after: int) -> int:
        """Add rows and columns of zeros, `before` at top and left, `after` at bottom and right."""
        return self._node("Pad", name, {"constant_value": 0, "mode": "constant", "pad_width": (0, 0, 0, 0, before, after, before, after)}, (x,))

    def add(self, name: str, x: int, y: int) -> int:
        """Add two tensors of one shape."""
        return self._node("elemwise_add", name, {}, (x, y))

    def concatenate(self, name: str, *parts: int) -> int:
        """Join tensors along the channels."""
        return self._node("Concat", name, {"dim": 1, "num_args": len(parts)}, parts)

    def flatten(self, name: str, x: int) -> int:
        """Make each sample a row."""
        return self._node("Flatten", name, {}, (x,))

    def dropout(self, name: str, x: int, rate: float) -> int:
        """Add a dropout, which does nothing outside training."""
        return self._node("Dropout", name, {"p": rate}, (x,), hidden=1)

    def dense(self, name: str, x: int, units: int) -> int:
        """Add a fully connected layer with bias on rows."""
        return self._node("FullyConnected", name, {"flatten": True, "no_bias": False, "num_hidden": units}, (x, *self._parameters(name, "weight", "bias")))

    def to_json(self, output: int) -> bytes:
        """The symbol whose result is the node `output`, as MXNet 1.9.1 writes it."""
        symbol = {
            "nodes": self._nodes,
            "arg_nodes": [i for i, node in enumerate(self._nodes) if node["op"] == "null"],
            "node_row_ptr": self._row_ends,
            "heads": [[output, 0, 0]],
            "attrs": {"mxnet_version": ["int", 10901]},
        }
        return json.dumps(symbol, indent=2).encode()

    def _parameters(self, name: str, *kinds: str) -> tuple[int, ...]:
        return tuple(self.variable(f"{name}_{kind}") for kind in kinds)

    def _node(self, op: str, name: str, attributes: dict[str, Any], inputs: tuple[int, ...], hidden: int = 0) -> int:
        if name in self._names:
            raise ModelError(f"Two nodes of the symbol are called {name!r}.", remedy="Give every node a name of its own.")
        self._names.add(name)
        node: dict[str, Any] = {"op": op, "name": name}
        if attributes:
            node["attrs"] = {key: str(value) for key, value in attributes.items()}
        self._row_ends.append(self._row_ends[-1] + 1 + hidden)
        self._nodes.append({**node, "inputs": [[i, 0, 0] for i in inputs]})
        return len(self._nodes) - 1
