"""Average pooling to a given size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import ints
from mrt_studio.ir.graph import Array, Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.resample import resample


@operator("_contrib_AdaptiveAvgPooling2D")
@dataclass(frozen=True, kw_only=True)
class AdaptiveAvgPooling2D(Rewritten):
    """Average x (N, C, H, W) to (oh, ow): output i covers floor(i H / oh) up to ceil((i + 1) H / oh)."""

    arity = (1, 1)
    category = "pool"
    tolerance = 0.02  # where sizes do not divide: two matrices of eight bits, and the result of the first at eight bits

    output_size: tuple[int, ...] = ints((), low=1, high=1 << 20, lengths=(0, 1, 2))

    samples = (
        Sample({}, ((2, 3, 4, 5),)),
        Sample({"output_size": (2,)}, ((2, 3, 4, 6),)),
        Sample({"output_size": (3, 2)}, ((2, 3, 7, 5),)),
        Sample({"output_size": (6, 7)}, ((2, 2, 4, 5),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, oh, ow); one number stands for both, none for one by one."""
        if len(inputs[0]) != 4:
            raise ShapeError(f"Adaptive pooling needs an input of four axes, not {inputs[0]}.")
        size = self.output_size or (1,)
        return ((*inputs[0][:2], size[0], size[-1]),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref:
        """A global average, equal windows where the sizes divide, else one matrix for each axis."""
        sizes = b.shape(x[0])[2:]
        out = self.infer((b.shape(x[0]),))[0][2:]
        if out == (1, 1):
            return b.op("Pooling", x[0], name=node.name, pool_type="avg", global_pool=True)
        if all(size % count == 0 for size, count in zip(sizes, out, strict=True)):
            kernel = (sizes[0] // out[0], sizes[1] // out[1])
            return b.op("Pooling", x[0], name=node.name, pool_type="avg", kernel=kernel, stride=kernel)
        return resample(b, x[0], out, _weights, node.name)


def _weights(size: int, out: int) -> Array:
    """The share (out, size) of each input in each average."""
    step, place = np.arange(out)[:, None], np.arange(size)
    inside = (place >= step * size // out) & (place < -(-(step + 1) * size // out))
    return inside / inside.sum(axis=1, keepdims=True)
