"""Pooling over windows of an image."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import choice, flag, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized


@operator("Pooling")
@dataclass(frozen=True, kw_only=True)
class Pooling(Transparent):
    """Maximum or average over windows of x (N, C, H, W)."""

    arity = (1, 1)
    category = "pool"
    ignored = frozenset({"cudnn_off", "p_value"})

    kernel: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 2))
    pool_type: str = choice("max", "avg", default="max")
    global_pool: bool = flag(default=False)
    stride: tuple[int, ...] = ints((1, 1), low=1, high=4096, lengths=(0, 2))
    pad: tuple[int, ...] = ints((0, 0), low=0, high=4096, lengths=(0, 2))
    pooling_convention: str = choice("valid", "full", default="valid")
    count_include_pad: bool = flag(default=True)
    layout: str = choice("NCHW", "None", default="None")

    samples = (
        Sample({"kernel": (2, 2), "stride": (2, 2)}, ((2, 3, 6, 7),)),
        Sample({"kernel": (3, 3), "stride": (2, 2), "pooling_convention": "full"}, ((1, 2, 8, 8),)),
        Sample({"kernel": (3, 3), "pad": (1, 1), "pool_type": "avg"}, ((1, 4, 5, 6),)),
        Sample({"pool_type": "avg", "global_pool": True}, ((2, 3, 4, 5),)),
        Sample({"global_pool": True}, ((2, 3, 4, 5),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, oh, ow); convention full rounds the number of windows up, valid down."""
        data = inputs[0]
        if len(data) != 4:
            raise ShapeError(f"Pooling needs a 4-D input, not one of shape {data}.")
        if self.global_pool:
            return ((*data[:2], 1, 1),)
        if not self.kernel:
            raise ShapeError("Pooling without global_pool needs a kernel.")
        spatial = list[int]()
        for size, kernel, stride, pad in zip(data[2:], self.kernel, self.stride or (1, 1), self.pad or (0, 0), strict=True):
            room = size + 2 * pad - kernel
            if room < 0 or pad >= kernel:
                raise ShapeError(f"The window {self.kernel} with padding {self.pad} does not fit the input of {data[2]}x{data[3]}.")
            spatial.append((math.ceil(room / stride) if self.pooling_convention == "full" else room // stride) + 1)
        return ((*data[:2], *spatial),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Averages become a sum or a depthwise convolution; a global maximum gets its window."""
        shape = b.shape(x[0])
        if self.pool_type == "max":
            return b.op("Pooling", x[0], name=node.name, kernel=shape[2:]) if self.global_pool else None
        if self.global_pool:
            total = b.op("sum", x[0], axis=(2, 3), keepdims=True)
            share = b.param("share", np.full((1, 1, 1, 1), 1 / math.prod(shape[2:]), np.float32))
            return b.op("broadcast_mul", total, share, name=node.name)
        if self.pooling_convention == "full" and self.infer((shape,)) != _valid(self, shape):
            raise _refusal(node, "windows that reach over the edge (pooling_convention='full')")
        if not self.count_include_pad and any(self.pad):
            raise _refusal(node, "padding that does not count (count_include_pad=False)")
        channels = shape[1]
        weight = b.param("weight", np.full((channels, 1, *self.kernel), 1 / math.prod(self.kernel), np.float32))
        return b.op(
            "Convolution",
            x[0],
            weight,
            name=node.name,
            kernel=self.kernel,
            num_filter=channels,
            num_group=channels,
            stride=self.stride or (1, 1),
            pad=self.pad or (0, 0),
            no_bias=True,
        )

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine's maximum; averages were rewritten before."""
        return q.emit(
            "cvm.max_pool2d",
            x.ref,
            pool_size=self.kernel,
            strides=self.stride or (1, 1),
            padding=self.pad or (0, 0),
            ceil_mode=self.pooling_convention == "full",
        )


def _valid(pool: Pooling, shape: Shape) -> tuple[Shape, ...]:
    return Pooling(kernel=pool.kernel, stride=pool.stride, pad=pool.pad).infer((shape,))


def _refusal(node: Node, form: str) -> UnsupportedError:
    return UnsupportedError(
        f"Average pooling with {form} is not supported.",
        where=node.name,
        why="Its windows have different counts, so it is no convolution.",
        remedy=f"Split the model in front of {node.name!r}, or pool without it.",
    )
