"""max over axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mrt_studio.cvm.ops.base import Width, cvm_operator
from mrt_studio.cvm.ops.shared.reduction import Reduction
from mrt_studio.errors import UnsupportedError
from mrt_studio.ir.graph import Array, Shape


@cvm_operator("max")
@dataclass(frozen=True, kw_only=True)
class Max(Reduction):
    """The largest element along axes, which must be named."""

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape without the reduced axes, or with size one there.

        Raises:
            UnsupportedError: no axes are named, or the runtime's CPU back end would read the wrong elements.
        """
        if not self.axis:
            raise UnsupportedError(
                "max names no axes.",
                why="Without axes the runtime starts from zero, so that a tensor of negative numbers gives zero.",
                remedy="Name all axes.",
            )
        return super().infer(inputs)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of the input."""
        return inputs[0]

    def run(self, *x: Array) -> Array:
        """The maximum with numpy."""
        return x[0].max(axis=self.gone(x[0].shape)).reshape(self.kept(x[0].shape))

    def largest(self, bounds: tuple[int, ...], shapes: tuple[Shape, ...], params: tuple[Array | None, ...]) -> int:
        """The bound of the input."""
        return bounds[0]

    def emulate(self, f: Any, width: Width, shapes: tuple[Shape, ...], *x: Any) -> Any:
        """MXNet's maximum; it takes no axes for all of them."""
        gone = self.gone(shapes[0])
        return f.max(x[0], axis=gone, keepdims=self.keepdims) if gone else f.identity(x[0])
