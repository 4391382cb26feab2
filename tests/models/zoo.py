"""Gluon's model_zoo with fixed weights: Xavier of seed 0, and running statistics from ten training passes."""

import random
from pathlib import Path

import numpy as np

from tests.models.cache import ModelFiles, cached, exported

VERSION = 1
ZOO = (
    "alexnet",
    "densenet121",
    "inception_v3",
    "mobilenet0_25",
    "mobilenet1_0",
    "mobilenet_v2_1_0",
    "resnet18_v1",
    "resnet18_v2",
    "squeezenet1_0",
    "vgg11",
)
TRAINING_PASSES = 10
MOMENTUM = 0.3
NOISE = ((4, 0.9), (8, 0.6), (16, 0.4))
"""Points a side and amplitude of the smooth noise that images are made of."""


def side(name: str) -> int:
    """Return the height and width of a net's images, in pixels."""
    return 299 if name == "inception_v3" else 224


def zoo_model(name: str, folder: Path) -> ModelFiles:
    """Return the net called `name`, made the first time that it is asked for."""
    return exported(cached(folder, f"zoo{VERSION}-{name}", lambda made: _export(name, made)), name)


def images(count: int, channels: int, height: int, width: int, seed: int) -> np.ndarray:
    """Return float32 NCHW images of noise at several scales, about as ImageNet's are after normalisation.

    Calibration takes 4 images of seed 500, evaluation 2 of seed 9000, at the net's own size.
    """
    random_state = np.random.RandomState(seed)
    out = np.zeros((count, channels, height, width), np.float32)
    for points, amplitude in NOISE:
        out += amplitude * _enlarged(random_state.randn(count, channels, points, points), height, width)
    out += 0.15 * random_state.randn(count, channels, height, width)
    return np.clip(out, -2.4, 2.8).astype(np.float32)


def _enlarged(coarse: np.ndarray, height: int, width: int) -> np.ndarray:
    """Interpolate linearly between the points of a square grid."""
    points = coarse.shape[-1]
    y, x = np.linspace(0, points - 1, height), np.linspace(0, points - 1, width)
    top, left = np.floor(y).astype(int).clip(0, points - 2), np.floor(x).astype(int).clip(0, points - 2)
    down, right = (y - top)[:, None], (x - left)[None, :]

    def at(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return coarse[:, :, rows][:, :, :, columns]

    return (
        at(top, left) * (1 - down) * (1 - right)
        + at(top + 1, left) * down * (1 - right)
        + at(top, left + 1) * (1 - down) * right
        + at(top + 1, left + 1) * down * right
    )


def _export(name: str, folder: Path) -> None:
    import mxnet as mx
    from mxnet.gluon.model_zoo import vision

    mx.random.seed(0)
    np.random.seed(0)
    random.seed(0)
    net = getattr(vision, name)(prefix=f"{name}_", classes=1000)
    net.initialize(mx.init.Xavier(), ctx=mx.cpu())
    net(mx.nd.array(images(1, 3, side(name), side(name), 1)))
    _settle(net, side(name))
    net.hybridize()
    net(mx.nd.array(images(2, 3, side(name), side(name), 7)))
    net.export(str(folder / name), epoch=0)


def _settle(net, pixels: int) -> None:
    """Give BatchNorms running statistics; MXNet updates them in the backward pass only."""
    import mxnet as mx

    norms = []
    net.apply(lambda block: norms.append(block) if isinstance(block, mx.gluon.nn.BatchNorm) else None)
    momenta = [norm._kwargs["momentum"] for norm in norms]
    for norm in norms:
        norm._kwargs["momentum"] = MOMENTUM
    for number in range(TRAINING_PASSES if norms else 1):
        with mx.autograd.record():
            result = net(mx.nd.array(images(4, 3, pixels, pixels, 100 + number)))
        result.backward()
        mx.nd.waitall()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm._kwargs["momentum"] = momentum
