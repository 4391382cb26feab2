"""Small nets with the building blocks of today's networks, written in Gluon and exported by MXNet itself.

Each is a few layers of the real thing: what matters is which operators, in which forms, a file of that kind holds.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.models.cache import ModelFiles

SHAPE = (3, 16, 16)


def modern_model(name: str, folder: Path) -> ModelFiles:
    """Export the net called `name` with fixed-seed weights into `folder`."""
    import mxnet as mx

    mx.random.seed(1)
    np.random.seed(1)
    block = NETS[name]()
    with mx.name.Prefix(f"{name}_"):
        block.initialize(mx.init.Xavier())
        block.hybridize()
        block(mx.nd.array(np.random.RandomState(0).standard_normal((2, *SHAPE))))
    block.export(str(folder / name))
    return ModelFiles(folder / f"{name}-symbol.json", folder / f"{name}-0000.params")


def _block(forward: Callable[..., Any], **layers: Any) -> Any:
    """A hybrid block with these layers, whose forward is ``forward(F, x, **layers)``."""
    from mxnet.gluon import HybridBlock

    class Net(HybridBlock):
        def __init__(self):
            super().__init__()
            for key, layer in layers.items():
                setattr(self, key, layer)

        def hybrid_forward(self, F, x):  # noqa: N803  (Gluon's name)
            return forward(F, x, **{key: getattr(self, key) for key in layers})

    return Net()


def _nn() -> Any:
    from mxnet.gluon import nn

    return nn


def mobilenet_v3() -> Any:
    """Hard swish, squeeze and excitation with a hard sigmoid."""
    nn = _nn()

    def forward(F, x, stem, depthwise, squeeze, excite, head):  # noqa: N803
        x = stem(x)
        x = x * F.clip(x + 3, 0, 6) / 6
        x = depthwise(x)
        gate = excite(F.relu(squeeze(F.contrib.AdaptiveAvgPooling2D(x, output_size=1))))
        x = F.broadcast_mul(x, F.clip(gate + 3, 0, 6) / 6)
        return head(F.flatten(F.Pooling(x, global_pool=True, pool_type="avg")))

    return _block(
        forward,
        stem=nn.Conv2D(8, 3, strides=2, padding=1),
        depthwise=nn.Conv2D(8, 3, padding=1, groups=8, in_channels=8),
        squeeze=nn.Conv2D(4, 1),
        excite=nn.Conv2D(8, 1),
        head=nn.Dense(10),
    )


def shufflenet() -> Any:
    """Channels split, shuffled by reshape and swapaxes, and joined."""
    nn = _nn()

    def forward(F, x, stem, norm, branch, head):  # noqa: N803
        x = F.relu(norm(stem(x)))
        left, right = F.split(x, axis=1, num_outputs=2)
        x = F.concat(left, branch(right), dim=1)
        x = F.reshape(x, shape=(0, -4, 2, -1, -2))
        x = F.reshape(F.swapaxes(x, 1, 2), shape=(0, -3, -2))
        return head(F.mean(x, axis=(2, 3)))

    return _block(forward, stem=nn.Conv2D(8, 3, strides=2, padding=1, use_bias=False), norm=nn.BatchNorm(), branch=nn.Conv2D(4, 1), head=nn.Dense(10))


def yolo() -> Any:
    """Leaky ReLU, nearest upsampling, concatenation, and boxes decoded by sigmoid and exp."""
    nn = _nn()

    def forward(F, x, stem, down, side, head):  # noqa: N803
        fine = F.LeakyReLU(stem(x), slope=0.1)
        coarse = F.LeakyReLU(down(fine), slope=0.1)
        x = F.concat(fine, F.UpSampling(side(coarse), scale=2, sample_type="nearest"), dim=1)
        x = F.transpose(F.reshape(head(x), shape=(0, 6, -1)), axes=(0, 2, 1))
        centre = F.sigmoid(F.slice_axis(x, axis=-1, begin=0, end=2))
        size = F.exp(F.slice_axis(x, axis=-1, begin=2, end=4))
        score = F.sigmoid(F.slice_axis(x, axis=-1, begin=4, end=None))
        return F.concat(centre - size / 2, centre + size / 2, score, dim=-1)

    return _block(forward, stem=nn.Conv2D(6, 3, strides=2, padding=1), down=nn.Conv2D(8, 3, strides=2, padding=1), side=nn.Conv2D(4, 1), head=nn.Conv2D(6, 1))


def unet() -> Any:
    """Deconvolution, a skip by concatenation, bilinear resizing, a map of classes."""
    nn = _nn()

    def forward(F, x, down, up, head):  # noqa: N803
        low = F.relu(down(x))
        x = F.concat(F.relu(up(low)), x, dim=1)
        x = F.contrib.BilinearResize2D(head(x), height=24, width=24)
        return F.softmax(x, axis=1)

    return _block(forward, down=nn.Conv2D(8, 3, strides=2, padding=1), up=nn.Conv2DTranspose(4, 4, strides=2, padding=1), head=nn.Conv2D(3, 1))


def attention() -> Any:
    """Patches, layer norm, dot-product attention, GELU."""
    nn = _nn()

    def forward(F, x, patch, norm, query, key, value, wide, narrow, head):  # noqa: N803
        x = F.transpose(F.reshape(patch(x), shape=(0, 0, -1)), axes=(0, 2, 1))
        y = norm(x)
        weights = F.softmax(F.batch_dot(query(y), key(y), transpose_b=True) / 2.83, axis=-1)
        x = x + F.batch_dot(weights, value(y))
        x = x + narrow(F.LeakyReLU(wide(x), act_type="gelu"))
        return head(F.mean(x, axis=1))

    dense = {name: nn.Dense(8, flatten=False) for name in ("query", "key", "value", "narrow")}
    return _block(forward, patch=nn.Conv2D(8, 4, strides=4), norm=nn.LayerNorm(), wide=nn.Dense(16, flatten=False), head=nn.Dense(10), **dense)


def norms() -> Any:
    """Instance and group normalisation, PReLU, ELU, L2 normalisation."""
    nn = _nn()

    def forward(F, x, stem, instance, prelu, middle, group, elu, head):  # noqa: N803
        x = prelu(instance(stem(x)))
        x = elu(group(middle(x)))
        return head(F.L2Normalization(x, mode="channel"))

    return _block(
        forward,
        stem=nn.Conv2D(8, 3, strides=2, padding=1),
        instance=nn.InstanceNorm(),
        prelu=nn.PReLU(),
        middle=nn.Conv2D(8, 3, padding=1),
        group=nn.GroupNorm(num_groups=2),
        elu=nn.ELU(),
        head=nn.Dense(10),
    )


def swish() -> Any:
    """Swish and reflection padding, as EfficientNet and style networks have them."""
    nn = _nn()

    def forward(F, x, pad, stem, swish, norm, head):  # noqa: N803
        x = swish(norm(stem(pad(x))))
        x = F.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="avg", count_include_pad=False)
        return F.log_softmax(head(x))

    return _block(forward, pad=nn.ReflectionPad2D(1), stem=nn.Conv2D(8, 3, strides=2), swish=nn.Swish(), norm=nn.BatchNorm(), head=nn.Dense(10))


def bottleneck_v1() -> Any:
    """A convolution with a bias in front of a batch normalisation, a shared layer, a ceiling pool."""
    nn = _nn()

    def forward(F, x, stem, norm, shared, head):  # noqa: N803
        x = F.relu(norm(stem(x)))
        x = F.relu(shared(F.relu(shared(x))) + x)
        x = F.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="max", pooling_convention="full")
        return head(F.Dropout(x, p=0.5))

    return _block(forward, stem=nn.Conv2D(8, 3), norm=nn.BatchNorm(), shared=nn.Conv2D(8, 3, padding=1, in_channels=8), head=nn.Dense(10))


NETS = {
    "mobilenet_v3": mobilenet_v3,
    "shufflenet": shufflenet,
    "yolo": yolo,
    "unet": unet,
    "attention": attention,
    "norms": norms,
    "swish": swish,
    "bottleneck_v1": bottleneck_v1,
}
