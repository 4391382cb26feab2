"""Deconvolution (transposed convolution) over signals (1-D) and images (2-D)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.attributes import choice, flag, integer, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.layouts import chain, from_images, refuse_volumes, to_images
from mrt_studio.ops.shared.phases import Axis, deconvolve
from mrt_studio.ops.shared.windows import fill_windows, spatial


@operator("Deconvolution")
@dataclass(frozen=True, kw_only=True)
class Deconvolution(Rewritten):
    """Spread each x (N, C, H, W) over its window: the gradient of a convolution with weight (C, O/groups, kh, kw).

    `target_shape`, if given, sets the result's size and takes the place of `pad` and `adj`. Attributes that are left
    out are filled in: stride and dilate with ones, pad and adj with zeros.
    """

    arity = (2, 3)
    category = "conv"
    tolerance = 0.01  # that of a convolution: the weight has eight bits
    input_names = ("data", "weight", "bias")
    ignored = frozenset({"workspace", "cudnn_tune", "cudnn_off"})

    kernel: tuple[int, ...] = ints(low=1, high=4096, lengths=(1, 2, 3))
    num_filter: int = integer(low=1, high=1 << 24)
    stride: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 1, 2, 3))
    dilate: tuple[int, ...] = ints((), low=1, high=4096, lengths=(0, 1, 2, 3))
    pad: tuple[int, ...] = ints((), low=0, high=4096, lengths=(0, 1, 2, 3))
    adj: tuple[int, ...] = ints((), low=0, high=4096, lengths=(0, 1, 2, 3))
    target_shape: tuple[int, ...] = ints((), low=0, lengths=(0, 1, 2, 3))
    num_group: int = integer(1, low=1, high=1 << 24)
    no_bias: bool = flag(default=True)
    layout: str = choice("NCW", "NCHW", "NCDHW", "None", default="None")

    samples = (
        Sample({"kernel": (4, 4), "num_filter": 3, "stride": (2, 2), "pad": (1, 1), "num_group": 3}, ((2, 3, 4, 5),), ((3, 1, 4, 4),)),
        Sample({"kernel": (3, 2), "num_filter": 6, "stride": (2, 3), "adj": (1, 2), "num_group": 2, "no_bias": False}, ((2, 4, 4, 3),), ((4, 3, 3, 2), (6,))),
        Sample({"kernel": (3, 3), "num_filter": 2, "dilate": (2, 2), "pad": (1, 0)}, ((2, 3, 4, 5),), ((3, 2, 3, 3),)),
        Sample({"kernel": (3,), "num_filter": 2, "stride": (2,), "pad": (1,), "adj": (1,), "no_bias": False}, ((2, 3, 5),), ((3, 2, 3), (2,))),
        Sample({"kernel": (3, 3), "num_filter": 2, "stride": (2, 2), "pad": (1, 1), "adj": (1, 1), "target_shape": (8, 10)}, ((2, 3, 4, 5),), ((3, 2, 3, 3),)),
    )

    def __post_init__(self) -> None:
        """Fill in what was left out."""
        super().__post_init__()
        fill_windows(self, stride=1, dilate=1, pad=0, adj=0, target_shape=0)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, O, oh, ow) with oh = (H - 1) stride + dilated kernel - 2 pad + adj."""
        if len(inputs) != (2 if self.no_bias else 3):
            raise ShapeError(f"A deconvolution with no_bias={self.no_bias} takes {2 if self.no_bias else 3} inputs, not {len(inputs)}.")
        data, weight = inputs[0], inputs[1]
        axes = self._axes(data)
        if data[1] % self.num_group or self.num_filter % self.num_group:
            raise ShapeError(f"{data[1]} channels and {self.num_filter} filters cannot be split into {self.num_group} groups.")
        expected = (data[1], self.num_filter // self.num_group, *self.kernel)
        if weight != expected:
            raise ShapeError(f"The weight has shape {weight}, but these attributes and this input need {expected}.")
        if not self.no_bias and inputs[2] != (self.num_filter,):
            raise ShapeError(f"The bias has shape {inputs[2]}, but {self.num_filter} filters need {(self.num_filter,)}.")
        return ((data[0], self.num_filter, *(axis.out for axis in axes)),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """Signals become images of one row; then one convolution of stride one for all phases (phases.py)."""
        rank = len(self.kernel) + 2
        refuse_volumes(self.name, rank)
        if rank == 3:
            images = [to_images(b, r, channels_last=False) for r in x[:2]]
            out = b.apply(self._planar(), (*images, *x[2:]), hint="deconvolution")
            return chain(b, out, from_images(rank, channels_last=False), node.name)
        weight, bias = b.array(x[1]), b.array(x[-1])
        if weight is None or bias is None:
            raise UnsupportedError(
                "A deconvolution with a computed weight or bias is not supported.",
                why="Its weight is rearranged, which takes a parameter.",
                remedy="Store weight and bias as parameters.",
            )
        high, wide = self._axes(b.shape(x[0]))
        return deconvolve(b, x[0], weight, None if self.no_bias else bias, (high, wide), self.num_group, node.name)

    def _planar(self) -> Deconvolution:
        """The same deconvolution of signals over (N, C, 1, W)."""
        return replace(
            self,
            layout="None",
            kernel=(1, *self.kernel),
            stride=(1, *self.stride),
            dilate=(1, *self.dilate),
            pad=(0, *self.pad),
            adj=(0, *self.adj),
            target_shape=(1, *self.target_shape) if any(self.target_shape) else (),
        )

    def _axes(self, data: Shape) -> tuple[Axis, ...]:
        """Each spatial axis; `target_shape` decides the padding as MXNet does: half of what is too much, rounded up."""
        axes = list[Axis]()
        for i, size in enumerate(spatial(data, self.kernel, self.layout)):
            kernel, stride, dilate, pad, adj = self.kernel[i], self.stride[i], self.dilate[i], self.pad[i], self.adj[i]
            full = (size - 1) * stride + dilate * (kernel - 1) + 1
            if any(self.target_shape):
                excess = full - self.target_shape[i]
                pad, adj = (excess + 1) // 2, excess % 2
                if excess < 0:
                    raise ShapeError(f"target_shape {self.target_shape} is larger than what the kernel and the stride reach from {data}.")
            out = full - 2 * pad + adj
            if adj >= stride or out < 1:
                raise ShapeError(f"pad={self.pad} and adj={self.adj} do not fit the kernel {self.kernel}, the stride {self.stride} and an input of {data}.")
            axes.append(Axis(size, kernel, stride, dilate, pad, out))
        return tuple(axes)
