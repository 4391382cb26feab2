"""Convolution over images in NCHW."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, integer, ints
from mrt_studio.ir.graph import Node, Shape
from mrt_studio.ops.base import Operator, Sample, eight_bit_product, operator
from mrt_studio.ops.lowering import Lowering, Operand, Quantized


@operator("Convolution")
@dataclass(frozen=True, kw_only=True)
class Convolution(Operator):
    """Correlate x (N, C, H, W) with weight (O, C/groups, kh, kw) and add bias (O)."""

    arity = (2, 3)
    category = "conv"
    input_names = ("data", "weight", "bias")
    ignored = frozenset({"workspace", "cudnn_tune", "cudnn_off"})

    kernel: tuple[int, ...] = ints(low=1, high=4096, lengths=(2,))
    num_filter: int = integer(low=1, high=1 << 20)
    stride: tuple[int, ...] = ints((1, 1), low=1, high=4096, lengths=(2,))
    dilate: tuple[int, ...] = ints((1, 1), low=1, high=4096, lengths=(2,))
    pad: tuple[int, ...] = ints((0, 0), low=0, high=4096, lengths=(2,))
    num_group: int = integer(1, low=1, high=1 << 20)
    no_bias: bool = flag(default=False)
    layout: str = choice("NCHW", "None", default="None")

    samples = (
        Sample({"kernel": (3, 3), "num_filter": 8, "pad": (1, 1)}, ((2, 4, 7, 7),), ((8, 4, 3, 3), (8,))),
        Sample({"kernel": (3, 3), "num_filter": 6, "num_group": 6, "stride": (2, 2), "no_bias": True}, ((1, 6, 9, 8),), ((6, 1, 3, 3),)),
        Sample({"kernel": (1, 3), "num_filter": 4, "dilate": (1, 2), "num_group": 2}, ((1, 4, 5, 9),), ((4, 2, 1, 3), (4,))),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, O, oh, ow) with oh = floor((H + 2 pad - dilated kernel) / stride) + 1."""
        if len(inputs) != (2 if self.no_bias else 3):
            raise ShapeError(f"A convolution with no_bias={self.no_bias} takes {2 if self.no_bias else 3} inputs, not {len(inputs)}.")
        data, weight = inputs[0], inputs[1]
        if len(data) != 4:
            raise ShapeError(f"The convolution needs a 4-D input, not one of shape {data}.")
        if data[1] % self.num_group or self.num_filter % self.num_group:
            raise ShapeError(f"{data[1]} channels and {self.num_filter} filters cannot be split into {self.num_group} groups.")
        expected = (self.num_filter, data[1] // self.num_group, *self.kernel)
        if weight != expected:
            raise ShapeError(f"The weight has shape {weight}, but these attributes and this input need {expected}.")
        if not self.no_bias and inputs[2] != (self.num_filter,):
            raise ShapeError(f"The bias has shape {inputs[2]}, but {self.num_filter} filters need {(self.num_filter,)}.")
        spatial = [
            (size + 2 * pad - (dilate * (kernel - 1) + 1)) // stride + 1
            for size, kernel, stride, dilate, pad in zip(data[2:], self.kernel, self.stride, self.dilate, self.pad, strict=True)
        ]
        if min(spatial) < 1:
            raise ShapeError(f"The kernel {self.kernel} does not fit the input of {data[2]}x{data[3]}.")
        return ((data[0], self.num_filter, *spatial),)

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
