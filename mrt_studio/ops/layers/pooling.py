"""Pooling over windows of signals (1-D) and images (2-D)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import choice, flag, ints
from mrt_studio.ir.graph import Array, Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized
from mrt_studio.ops.shared.averages import depthwise, global_average, global_sum, times
from mrt_studio.ops.shared.layouts import chain, from_images, refuse_volumes, to_images
from mrt_studio.ops.shared.made import check_made
from mrt_studio.ops.shared.windows import LAYOUTS, channels_last, fill_windows, spatial


@operator("Pooling", "Pooling_v1")
@dataclass(frozen=True, kw_only=True)
class Pooling(Transparent):
    """Maximum, average or sum over windows of x (N, C, H, W), also (N, C, W) and channels last.

    Attributes that are left out are filled in: stride with ones, pad with zeros.
    """

    arity = (1, 1)
    category = "pool"
    tolerance = 0.0005  # sums of eight-bit windows are exact; shares of uneven windows have sixteen bits
    ignored = frozenset({"cudnn_off", "p_value"})

    kernel: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 1, 2, 3))
    pool_type: str = choice("max", "avg", "sum", default="max")
    global_pool: bool = flag(default=False)
    stride: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 1, 2, 3))
    pad: tuple[int, ...] = ints((), low=0, high=4096, lengths=(0, 1, 2, 3))
    pooling_convention: str = choice("valid", "full", "same", default="valid")
    count_include_pad: bool = flag(default=True)
    layout: str = choice(*LAYOUTS, default="None")

    samples = (
        Sample({"kernel": (2, 2), "stride": (2, 2)}, ((2, 3, 6, 7),)),
        Sample({"kernel": (3, 3), "stride": (2, 2), "pooling_convention": "full"}, ((2, 2, 8, 8),)),
        Sample({"kernel": (3, 3), "pad": (1, 1), "pool_type": "avg"}, ((2, 4, 5, 6),)),
        Sample({"pool_type": "avg", "global_pool": True}, ((2, 3, 4, 5),)),
        Sample({"global_pool": True}, ((2, 3, 4, 5),)),
        Sample({"kernel": (3, 2), "stride": (2, 2), "pad": (1, 1), "pool_type": "avg", "count_include_pad": False}, ((2, 3, 6, 5),)),
        Sample({"kernel": (3, 3), "stride": (2, 2), "pad": (1, 0), "pool_type": "avg", "pooling_convention": "full"}, ((2, 3, 6, 6),)),
        Sample(
            {"kernel": (2, 2), "stride": (3, 3), "pad": (1, 1), "pool_type": "avg", "pooling_convention": "full", "count_include_pad": False}, ((2, 2, 5, 8),)
        ),
        Sample({"kernel": (2, 3), "stride": (1, 2), "pad": (1, 1), "pool_type": "sum"}, ((2, 3, 5, 5),)),
        Sample({"pool_type": "sum", "global_pool": True, "layout": "NHWC"}, ((2, 4, 5, 3),)),
        Sample({"kernel": (3,), "stride": (2,), "pad": (1,)}, ((2, 3, 8),)),
        Sample({"kernel": (2,), "pool_type": "avg", "layout": "NWC"}, ((2, 6, 3),)),
    )

    def __post_init__(self) -> None:
        """Fill in what was left out."""
        super().__post_init__()
        if self.kernel:
            fill_windows(self, stride=1, pad=0)

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Self:
        """As for other operators; files may say None for count_include_pad, which means True."""
        return super().parse({k: v for k, v in texts.items() if (k, v) != ("count_include_pad", "None")})

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, oh, ow); full rounds the number of windows up, valid down, same gives one for each stride."""
        data = inputs[0]
        if self.pooling_convention == "same" and (len(data) != 3 or any(self.pad)):
            raise ShapeError(f"pooling_convention='same' takes signals (N, C, W) and no padding, not {data} and pad={self.pad}.")
        if self.global_pool:
            if not 3 <= len(data) <= 5:
                raise ShapeError(f"Pooling needs an input of three to five axes, not {data}.")
            spatial(data, self.kernel or (1,) * (len(data) - 2), self.layout)  # not read, but MXNet wants as many numbers as there are axes
            out = [1] * (len(data) - 2)
        else:
            if not self.kernel:
                raise ShapeError("Pooling without global_pool needs a kernel.")
            out = [self._count(i, size) for i, size in enumerate(spatial(data, self.kernel, self.layout))]
        return ((data[0], *out, data[-1]) if channels_last(self.layout) else (*data[:2], *out),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Signals become images with the channels first, averages become sums or depthwise convolutions, a global maximum gets its window."""
        shape = b.shape(x[0])
        rank, last = len(shape), channels_last(self.layout)
        refuse_volumes(self.name, rank)
        maximum = self.pool_type == "max" and not self.global_pool
        if maximum:
            self._check_maximum(spatial(shape, self.kernel, self.layout))
        if steps := from_images(rank, channels_last=last):
            return chain(b, self._planar()._images(b, to_images(b, x[0], channels_last=last), None), steps, node.name)
        return None if maximum else self._images(b, x[0], node.name)

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine's maximum; averages and sums were rewritten before."""
        return q.emit(
            "cvm.max_pool2d",
            x.ref,
            pool_size=self.kernel,
            strides=self.stride,
            padding=self.pad,
            ceil_mode=self.pooling_convention == "full",
        )

    def _planar(self) -> Pooling:
        """The same pooling over (N, C, H, W)."""
        if len(self.kernel) != 1:
            return replace(self, layout="None")
        return replace(self, layout="None", kernel=(1, *self.kernel), stride=(1, *self.stride), pad=(0, *self.pad))

    def _images(self, b: Builder, x: Ref, name: str | None) -> Ref:
        """Pool (N, C, H, W)."""
        if self.global_pool and self.pool_type != "max":
            return (global_sum if self.pool_type == "sum" else global_average)(b, x, name)
        if self.pool_type != "max":
            return self._summed(b, x, name)
        if self.global_pool:
            return b.op("Pooling", x, name=name, kernel=b.shape(x)[2:])
        convention = "valid" if self.pooling_convention == "valid" else "full"
        return b.op("Pooling", x, name=name, kernel=self.kernel, stride=self.stride, pad=self.pad, pooling_convention=convention)

    def _summed(self, b: Builder, x: Ref, name: str | None) -> Ref:
        """Sums of windows, each times one over its count; where all counts are equal, inside the convolution."""
        shape = b.shape(x)
        far = tuple(self._far(i, size) for i, size in enumerate(shape[2:]))
        check_made(math.prod(self._count(i, size) for i, size in enumerate(shape[2:])), "The shares of the windows")
        counts = np.outer(*(self._covered(i, size) for i, size in enumerate(shape[2:])))
        shares: Array = np.divide(1.0, counts, out=np.zeros(counts.shape), where=counts > 0)
        even = self.pool_type == "avg" and bool((shares == shares[0, 0]).all())
        value = float(shares[0, 0]) if even else 1.0
        plain = even or self.pool_type == "sum"
        out = depthwise(b, x, value, self.kernel, name if plain else None, stride=self.stride, near=self.pad, far=far)
        return out if plain else times(b, out, shares, name)

    def _count(self, i: int, size: int) -> int:
        """Windows along spatial axis `i`."""
        kernel, stride, pad = self.kernel[i], self.stride[i], self.pad[i]
        room = size + 2 * pad - kernel
        if room < 0 or pad >= kernel:
            raise ShapeError(f"The window {self.kernel} with padding {self.pad} does not fit an axis of {size}.")
        if self.pooling_convention == "same":
            return math.ceil(size / stride)
        return (math.ceil(room / stride) if self.pooling_convention == "full" else room // stride) + 1

    def _far(self, i: int, size: int) -> int:
        """How far the last window reaches over the end of axis `i`; negative where it ends before."""
        return (self._count(i, size) - 1) * self.stride[i] + self.kernel[i] - size - self.pad[i]

    def _covered(self, i: int, size: int) -> Array:
        """How many elements of axis `i` each window counts: up to the padding's end, or only those of the input."""
        start = np.arange(self._count(i, size)) * self.stride[i] - self.pad[i]
        end = np.minimum(start + self.kernel[i], size + self.pad[i])
        if not self.count_include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        return np.maximum(end - start, 0)

    def _check_maximum(self, sizes: Shape) -> None:
        """Refuse windows that the machine's maximum does not have."""
        full = replace(self, pooling_convention="full") if self.pooling_convention == "same" else self
        for i, size in enumerate(sizes):
            count = self._count(i, size)
            if count != full._count(i, size) or (count - 1) * self.stride[i] - self.pad[i] >= size:
                raise UnsupportedError(
                    f"Maximum pooling with pooling_convention={self.pooling_convention!r} has a window over an axis of {size} that the machine has not.",
                    why="The Cortex virtual machine rounds the number of windows up or down, and each must start inside the input.",
                    remedy="Split the model in front of it.",
                )
