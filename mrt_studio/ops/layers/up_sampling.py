"""Enlarge images by a whole factor."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, integer
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Sample, Transparent, operator
from mrt_studio.ops.lowering import Lowering, Quantized


@operator("UpSampling")
@dataclass(frozen=True, kw_only=True)
class UpSampling(Transparent):
    """Enlarge x (N, C, H, W) by `scale`, repeating each element or interpolating with a weight.

    Several inputs are all brought to the size of the first one's result, then joined along the channels or
    added. The bilinear form takes a weight (C, 1, k, k) with k = 2 scale - scale % 2 and is a deconvolution with it.
    """

    arity = (1, 100)
    category = "shape"
    tolerance = 0.01  # the bilinear weight has eight bits; the nearest form is exact
    ignored = frozenset({"workspace"})

    scale: int = integer(low=1, high=1000)
    sample_type: str = choice("nearest", "bilinear")
    num_filter: int = integer(0, low=0, high=1 << 24)
    multi_input_mode: str = choice("concat", "sum", default="concat")
    num_args: int = integer(1, low=1, high=100)

    samples = (
        Sample({"scale": 2, "sample_type": "nearest"}, ((2, 3, 4, 5),)),
        Sample({"scale": 2, "sample_type": "nearest", "num_args": 2}, ((2, 3, 4, 4), (2, 2, 8, 8))),
        Sample({"scale": 2, "sample_type": "nearest", "num_args": 3, "multi_input_mode": "sum"}, ((2, 3, 4, 4), (2, 3, 2, 2), (2, 3, 4, 4))),
        Sample({"scale": 2, "sample_type": "bilinear", "num_filter": 3, "num_args": 2}, ((2, 3, 4, 5),), ((3, 1, 4, 4),)),
        Sample({"scale": 3, "sample_type": "bilinear", "num_filter": 2, "num_args": 2}, ((2, 2, 3, 4),), ((2, 1, 5, 5),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, H * scale, W * scale), C those of all inputs when they are joined."""
        if self.num_args != len(inputs) or any(len(s) != 4 for s in inputs):
            raise ShapeError(f"UpSampling takes num_args={self.num_args} inputs of four axes, not {inputs}.")
        first = inputs[0]
        if self.sample_type == "bilinear":
            # MXNet itself ends the process on another num_filter.
            weight = (first[1], 1, self._kernel, self._kernel)
            if inputs[1:] != (weight,) or self.num_filter != first[1]:
                raise ShapeError(f"Bilinear upsampling of {first} needs num_filter={first[1]} and a weight {weight}, not {self.num_filter} and {inputs[1:]}.")
            return ((*first[:2], first[2] * self.scale, first[3] * self.scale),)
        high, wide = first[2] * self.scale, first[3] * self.scale
        for shape in inputs:
            factor = high // shape[2]
            same = shape[0] == first[0] and (self.multi_input_mode == "concat" or shape[1] == first[1])
            if not same or (shape[2] * factor, shape[3] * factor) != (high, wide):
                raise ShapeError(f"The input {shape} cannot be brought to {high}x{wide} beside {first} by one whole factor.")
        channels = sum(s[1] for s in inputs) if self.multi_input_mode == "concat" else first[1]
        return ((first[0], channels, high, wide),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """Bilinear becomes a deconvolution; several inputs are enlarged one by one and joined."""
        if self.sample_type == "bilinear":
            return self._bilinear(b, node, x)
        if len(x) == 1:
            return None
        high = b.shape(x[0])[2] * self.scale
        each = [self._nearest(b, r, high // b.shape(r)[2]) for r in x]
        if self.multi_input_mode == "concat":
            return b.op("Concat", *each, name=node.name, num_args=len(each), dim=1)
        total = each[0]
        for i, other in enumerate(each[1:], start=2):
            total = b.op("elemwise_add", total, other, name=node.name if i == len(each) else None)
        return total

    def move(self, q: Lowering, x: Quantized) -> Ref:
        """The machine has the nearest form."""
        return q.emit("cvm.upsampling", x.ref, scale=self.scale)

    @property
    def _kernel(self) -> int:
        return 2 * self.scale - self.scale % 2

    def _nearest(self, b: Builder, x: Ref, factor: int) -> Ref:
        return x if factor == 1 else b.op("UpSampling", x, scale=factor, sample_type="nearest")

    def _bilinear(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        channels = b.shape(x[0])[1]
        return b.op(
            "Deconvolution",
            *x,
            name=node.name,
            kernel=(self._kernel,) * 2,
            num_filter=channels,
            stride=(self.scale,) * 2,
            pad=(self.scale // 2,) * 2,
            num_group=channels,
        )
