"""max_pool2d."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.same_precision import SamePrecision
from mrt_studio.cvm.ops.shared.windows import windows
from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, flag, ints
from mrt_studio.ir.graph import Array, Shape

_LOWEST = -(1 << 31)


@cvm_operator("max_pool2d")
@dataclass(frozen=True, kw_only=True)
class MaxPool2d(SamePrecision):
    """The maximum of each window of x (N, C, H, W)."""

    category = "pool"

    pool_size: tuple[int, ...] = ints(low=1, high=4096, lengths=(2,))
    strides: tuple[int, ...] = ints((1, 1), low=1, high=4096, lengths=(2,))
    padding: tuple[int, ...] = ints((0, 0), low=0, high=4096, lengths=(2,))
    layout: str = choice("NCHW", default="NCHW")
    ceil_mode: bool = flag(default=False)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, oh, ow); with ceil_mode windows may reach over the far edge but must start inside."""
        data = inputs[0]
        if len(data) != 4:
            raise ShapeError(f"max_pool2d needs a 4-D input, not {data}.")
        spatial = list[int]()
        for size, k, s, p in zip(data[2:], self.pool_size, self.strides, self.padding, strict=True):
            room = size + 2 * p - k
            count = (math.ceil(room / s) if self.ceil_mode else room // s) + 1
            if room < 0 or p >= k or (self.ceil_mode and (count - 1) * s - p >= size):
                raise ShapeError(f"The window {self.pool_size} with stride {self.strides} and padding {self.padding} does not fit {data}.")
            spatial.append(count)
        return ((*data[:2], *spatial),)

    def run(self, *x: Array) -> Array:
        """Pad with the lowest number, then the maximum of each window."""
        _, _, oh, ow = self.infer((x[0].shape,))[0]
        far = [
            max(0, (count - 1) * s + k - size - p)
            for count, s, k, size, p in zip((oh, ow), self.strides, self.pool_size, x[0].shape[2:], self.padding, strict=True)
        ]
        data = np.pad(x[0], ((0, 0), (0, 0), (self.padding[0], far[0]), (self.padding[1], far[1])), constant_values=_LOWEST)
        views = windows(data, self.pool_size)[:, :, :: self.strides[0], :: self.strides[1]]
        return views[:, :, :oh, :ow].max(axis=(4, 5))

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's pooling."""
        convention = "full" if self.ceil_mode else "valid"
        return f.Pooling(x[0], kernel=self.pool_size, stride=self.strides, pad=self.padding, pool_type="max", pooling_convention=convention)

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """One per element of the window."""
        return math.prod(self.pool_size)
