"""conv2d: exact integer convolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import CvmOperator, Width, cvm_operator
from mrt_studio.cvm.ops.shared.products import PIECE, pieces, product_bits, product_bound
from mrt_studio.cvm.ops.shared.windows import windows
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, integer, ints
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("conv2d")
@dataclass(frozen=True, kw_only=True)
class Conv2d(CvmOperator):
    """Correlate x (N, C, H, W) with w (O, C/groups, kh, kw), zero padding, plus bias (O)."""

    arity = (2, 3)
    category = "conv"
    splits = True

    channels: int = integer(low=1, high=1 << 24)
    kernel_size: tuple[int, ...] = ints(low=1, high=4096, lengths=(2,))
    strides: tuple[int, ...] = ints((1, 1), low=1, high=4096, lengths=(2,))
    padding: tuple[int, ...] = ints((0, 0), low=0, high=4096, lengths=(2,))
    dilation: tuple[int, ...] = ints((1, 1), low=1, high=4096, lengths=(2,))
    groups: int = integer(1, low=1, high=1 << 24)
    layout: str = choice("NCHW", default="NCHW")
    kernel_layout: str = choice("OIHW", default="OIHW")
    use_bias: bool = flag(default=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Infer (N, O, oh, ow) with oh = floor((H + 2 padding - dilated kernel) / stride) + 1."""
        data, weight = inputs[0], inputs[1]
        if len(inputs) != 2 + self.use_bias or len(data) != 4:
            raise ShapeError(f"conv2d with use_bias={self.use_bias} does not take {len(inputs)} inputs of shapes {inputs}.")
        if data[1] % self.groups or self.channels % self.groups:
            raise ShapeError(f"{data[1]} and {self.channels} channels cannot be split into {self.groups} groups.")
        if weight != (self.channels, data[1] // self.groups, *self.kernel_size) or (self.use_bias and inputs[2] != (self.channels,)):
            raise ShapeError(f"The weight {weight} or the bias {inputs[2:]} does not fit the input {data} and the attributes.")
        spatial = tuple(
            (size + 2 * p - (d * (k - 1) + 1)) // s + 1
            for size, k, s, p, d in zip(data[2:], self.kernel_size, self.strides, self.padding, self.dilation, strict=True)
        )
        if min(spatial) < 1:
            raise ShapeError(f"The kernel {self.kernel_size} does not fit the input {data}.")
        return ((data[0], self.channels, *spatial),)

    def _count(self, weight: Shape) -> int:
        return int(np.prod(weight[1:]))

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Add p(x), p(w) and the bits of C/groups kh kw; with a bias max(that, p(b)) + 1."""
        return product_bits(inputs, self._count(shapes[1]))

    def run(self, *x: Array) -> Array:
        """Windows times weights in float64: below 2**53 for any eight-bit operands, so exact.

        Sums have at most 2**24 products of at most 2**14.
        """
        data, weight = x[0].astype(np.float64), x[1].astype(np.float64)
        (ph, pw), (dh, dw), (sh, sw) = self.padding, self.dilation, self.strides
        kh, kw = self.kernel_size
        data = np.pad(data, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        views = windows(data, (dh * (kh - 1) + 1, dw * (kw - 1) + 1))[:, :, ::sh, ::sw, ::dh, ::dw]
        out = np.stack([self._one(sample, weight) for sample in views]).astype(np.int64)
        return out + x[2].reshape(1, -1, 1, 1) if self.use_bias else out

    def _one(self, views: Array, weight: Array) -> Array:
        """One sample: views (C, oh, ow, kh, kw) to (O, oh, ow)."""
        channels, oh, ow = views.shape[:3]
        if self.groups == channels == self.channels:
            return np.einsum("chwkl,ckl->chw", views, weight[:, 0])
        per_group = views.reshape(self.groups, channels // self.groups, *views.shape[1:])
        filters = weight.reshape(self.groups, self.channels // self.groups, -1)
        columns = per_group.transpose(0, 1, 4, 5, 2, 3).reshape(self.groups, -1, oh * ow)
        return (filters @ columns).reshape(self.channels, oh, ow)

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """bound(x) times the largest L1 norm of a filter, plus its bias."""
        return product_bound(bounds, params, self._count(shapes[1]))

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's float convolution, in input-channel pieces of at most 1,040 products where one would not be exact."""
        attributes = {"kernel": self.kernel_size, "stride": self.strides, "pad": self.padding, "dilate": self.dilation, "num_filter": self.channels}
        if width is not Width.SPLIT:
            return f.Convolution(*x, num_group=self.groups, no_bias=not self.use_bias, **attributes)
        area = self.kernel_size[0] * self.kernel_size[1]
        if self.groups > 1 or area > PIECE:
            wide = [f.cast(v, dtype="float64") for v in x]
            return f.Convolution(*wide, num_group=self.groups, no_bias=not self.use_bias, **attributes)
        total = None
        for part in pieces(shapes[1][1], PIECE // area):
            data, weight = (f.slice_axis(v, axis=1, begin=part.start, end=part.stop) for v in x[:2])
            product = f.cast(f.Convolution(data, weight, no_bias=True, **attributes), dtype="float64")
            total = product if total is None else total + product
        return f.broadcast_add(total, f.reshape(x[2], shape=(1, -1, 1, 1))) if self.use_bias else total

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """Three per product, one for the bias."""
        return 3 * self._count(inputs[1]) + self.use_bias
