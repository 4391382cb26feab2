"""Convolution over signals (1-D) and images (2-D)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, integer, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Operator, Sample, eight_bit_product, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized
from mrt_studio.ops.shared.layouts import chain, from_images, refuse_volumes, to_images
from mrt_studio.ops.shared.long_sums import added, convolution_parts, too_long
from mrt_studio.ops.shared.windows import LAYOUTS, channels_last, fill_windows, spatial


@operator("Convolution", "Convolution_v1")
@dataclass(frozen=True, kw_only=True)
class Convolution(Operator):
    """Correlate x (N, C, H, W) with weight (O, C/groups, kh, kw) and add bias (O).

    Also (N, C, W) with (O, C/groups, k). With the layouts NWC and NHWC the channels come last, in the weight
    too: (O, kh, kw, C/groups). Attributes that are left out are filled in: stride and dilate with ones, pad with zeros.
    """

    arity = (2, 3)
    category = "conv"
    input_names = ("data", "weight", "bias")
    ignored = frozenset({"workspace", "cudnn_tune", "cudnn_off"})

    kernel: tuple[int, ...] = ints(low=1, high=4096, lengths=(1, 2, 3))
    num_filter: int = integer(low=1, high=1 << 24)
    stride: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 1, 2, 3))
    dilate: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 1, 2, 3))
    pad: tuple[int, ...] = ints((), low=0, high=4096, lengths=(0, 1, 2, 3))
    num_group: int = integer(1, low=1, high=1 << 24)
    no_bias: bool = flag(default=False)
    layout: str = choice(*LAYOUTS, default="None")

    samples = (
        Sample({"kernel": (3, 3), "num_filter": 8, "pad": (1, 1)}, ((2, 4, 7, 7),), ((8, 4, 3, 3), (8,))),
        Sample({"kernel": (3, 3), "num_filter": 6, "num_group": 6, "stride": (2, 2), "no_bias": True}, ((2, 6, 9, 8),), ((6, 1, 3, 3),)),
        Sample({"kernel": (1, 3), "num_filter": 4, "dilate": (1, 2), "num_group": 2}, ((2, 4, 5, 9),), ((4, 2, 1, 3), (4,))),
        Sample({"kernel": (3,), "num_filter": 6, "stride": (2,), "pad": (2,), "dilate": (2,), "num_group": 2}, ((2, 4, 9),), ((6, 2, 3), (6,))),
        Sample({"kernel": (2, 3), "num_filter": 4, "no_bias": True}, ((2, 3, 5, 5), (4, 3, 2, 3))),
    )

    def __post_init__(self) -> None:
        """Fill in what was left out."""
        super().__post_init__()
        fill_windows(self, stride=1, dilate=1, pad=0)

    @property
    def channel_axis(self) -> int:
        """The axis of the filters in the result."""
        return len(self.kernel) + 1 if channels_last(self.layout) else 1

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, O, oh, ow) with oh = floor((H + 2 pad - dilated kernel) / stride) + 1."""
        if len(inputs) != (2 if self.no_bias else 3):
            raise ShapeError(f"A convolution with no_bias={self.no_bias} takes {2 if self.no_bias else 3} inputs, not {len(inputs)}.")
        data, weight = inputs[0], inputs[1]
        sizes, channels = spatial(data, self.kernel, self.layout), data[self.channel_axis] if len(data) > self.channel_axis else 0
        if channels % self.num_group or self.num_filter % self.num_group:
            raise ShapeError(f"{channels} channels and {self.num_filter} filters cannot be split into {self.num_group} groups.")
        per_group = channels // self.num_group
        expected = (self.num_filter, *self.kernel, per_group) if channels_last(self.layout) else (self.num_filter, per_group, *self.kernel)
        if weight != expected:
            raise ShapeError(f"The weight has shape {weight}, but these attributes and this input need {expected}.")
        if not self.no_bias and inputs[2] != (self.num_filter,):
            raise ShapeError(f"The bias has shape {inputs[2]}, but {self.num_filter} filters need {(self.num_filter,)}.")
        out = [
            (size + 2 * pad - (dilate * (kernel - 1) + 1)) // stride + 1
            for size, kernel, stride, dilate, pad in zip(sizes, self.kernel, self.stride, self.dilate, self.pad, strict=True)
        ]
        if min(out) < 1:
            raise ShapeError(f"The kernel {self.kernel} does not fit the input of {'x'.join(map(str, sizes))}.")
        return ((data[0], *out, self.num_filter) if channels_last(self.layout) else (data[0], self.num_filter, *out),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Signals become images of one row, the channels come first, and what one accumulator cannot hold is split."""
        rank = len(self.kernel) + 2
        refuse_volumes(self.name, rank)
        last = channels_last(self.layout)
        if steps := from_images(rank, channels_last=last):
            images = [to_images(b, r, channels_last=last) for r in x[:2]]
            return chain(b, b.apply(self._planar(), (*images, *x[2:]), hint="convolution"), steps, node.name)
        if not too_long(math.prod(b.shape(x[1])[1:]), x):
            return None
        first, *others = convolution_parts(b, x[0], x[1], self.num_group)
        plain = replace(self, no_bias=True)
        return added(b, [b.apply(self, (*first, *x[2:]), hint="part"), *(b.apply(plain, pair, hint="part") for pair in others)], node.name)

    def _planar(self) -> Convolution:
        """The same convolution over (N, C, H, W)."""
        if len(self.kernel) == 2:
            return replace(self, layout="None")
        one, zero = (1,), (0,)
        return replace(self, layout="None", kernel=one + self.kernel, stride=one + self.stride, dilate=one + self.dilate, pad=zero + self.pad)

    def quantize(self, q: Lowering, node: Node, x: tuple[Operand, ...]) -> Quantized:
        """Eight-bit input and weights; the bias at the product of their scales [MRT]."""
        del node
        refs, scale = eight_bit_product(q, x)
        out = q.emit(
            "cvm.conv2d",
            *refs,
            channels=self.num_filter,
            kernel_size=self.kernel,
            strides=self.stride,
            padding=self.pad,
            dilation=self.dilate,
            groups=self.num_group,
            use_bias=not self.no_bias,
        )
        return q.result(out, scale)
