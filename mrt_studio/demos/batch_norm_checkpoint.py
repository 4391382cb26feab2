"""From the tensors of a PyTorch state dict to the parameters of an MXNet symbol."""

from __future__ import annotations

from collections.abc import Mapping

from mrt_studio.demos.base import Array, take

_BATCH_NORM = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_var": "running_var"}


def conv_params(checkpoint: Mapping[str, Array], name: str, conv: str, norm: str) -> dict[str, Array]:
    """Parameters of ``<name>_conv`` and ``<name>_bn`` from the modules called `conv` and `norm`."""
    parameters = {f"{name}_bn_{ours}": take(checkpoint, f"{norm}.{theirs}") for ours, theirs in _BATCH_NORM.items()}
    return {f"{name}_conv_weight": take(checkpoint, f"{conv}.weight"), **parameters}


def dense_params(checkpoint: Mapping[str, Array], name: str, module: str) -> dict[str, Array]:
    """Weight and bias of the dense layer `name` from the module called `module`."""
    return {f"{name}_{kind}": take(checkpoint, f"{module}.{kind}") for kind in ("weight", "bias")}
