"""Averages and sums over windows of images, as sums and depthwise convolutions."""

from __future__ import annotations

import math

import numpy as np

from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Array, Builder, Ref
from mrt_studio.ops.shared.long_sums import LONGEST
from mrt_studio.ops.shared.made import check_made


def global_sum(b: Builder, x: Ref, name: str | None) -> Ref:
    """The sum of each channel of x (N, C, H, W), as (N, C, 1, 1)."""
    return b.op("sum", x, name=name, axis=(2, 3), keepdims=True)


def global_average(b: Builder, x: Ref, name: str | None) -> Ref:
    """The average of each channel: a sum times one over the area [MRT]."""
    share = 1 / math.prod(b.shape(x)[2:])
    return b.op("broadcast_mul", global_sum(b, x, None), b.param("share", np.full((1, 1, 1, 1), share, np.float32)), name=name)


def depthwise(
    b: Builder, x: Ref, value: float, kernel: tuple[int, ...], name: str | None, *, stride: tuple[int, ...], near: tuple[int, ...], far: tuple[int, ...]
) -> Ref:
    """The sum of each window of x (N, C, H, W) times `value`, a depthwise convolution [MRT].

    The machine pads both sides equally, so where windows reach further over the far edge than over the near
    one, both sides are padded by `far` and the kernel begins with zeros.

    Raises:
        UnsupportedError: the window is too large for one accumulator, or there are too many weights.
    """
    if math.prod(kernel) > LONGEST:
        raise UnsupportedError(
            f"The window {kernel} is too large.",
            why=f"A sum of more than {LONGEST:,} products leaves 32 bits.",
            remedy="Use global_pool, or split the model in front of it.",
        )
    channels = b.shape(x)[1]
    grow = tuple(max(0, f - n) for n, f in zip(near, far, strict=True))
    check_made(channels * math.prod(k + g for k, g in zip(kernel, grow, strict=True)), "The weights of the windows")
    weight = np.pad(np.full((channels, 1, *kernel), value, np.float32), ((0, 0), (0, 0), *((g, 0) for g in grow)))
    return b.op(
        "Convolution",
        x,
        b.param("weight", weight),
        name=name,
        kernel=weight.shape[2:],
        num_filter=channels,
        num_group=channels,
        stride=stride,
        pad=tuple(map(max, near, far)),
        no_bias=True,
    )


def times(b: Builder, x: Ref, factors: Array, name: str | None) -> Ref:
    """Multiply each position of x (N, C, H, W) by its factor (H, W)."""
    return b.op("broadcast_mul", x, b.param("shares", factors[None, None].astype(np.float32)), name=name)
