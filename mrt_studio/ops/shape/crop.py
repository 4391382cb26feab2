"""A window of an image."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer, ints
from mrt_studio.ir.graph import Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator


@operator("Crop")
@dataclass(frozen=True, kw_only=True)
class Crop(Rewritten):
    """The window of x (N, C, H, W) at `offset` or in the middle.

    It is as large as `h_w` or as a second image.
    """

    arity = (1, 2)
    category = "shape"
    input_names = ("data", "crop_like")
    tolerance = 0.0  # values only move

    num_args: int = integer(low=1, high=2)
    offset: tuple[int, ...] = ints((0, 0), low=0, lengths=(2,))
    h_w: tuple[int, ...] = ints((0, 0), low=0, lengths=(2,))
    center_crop: bool = flag(default=False)

    samples = (
        Sample({"num_args": 1, "h_w": (2, 3), "offset": (1, 2)}, ((2, 3, 4, 6),)),
        Sample({"num_args": 2, "center_crop": True}, ((2, 3, 5, 6), (2, 1, 2, 3))),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(N, C, h, w)."""
        if self.num_args != len(inputs) or any(len(shape) != 4 for shape in inputs):
            raise ShapeError(f"Crop takes num_args={self.num_args} images (N, C, H, W), not {inputs}.")
        window = self._window(inputs)
        if min(window) < 1 or any(at + w > size for at, w, size in zip(self._offset(inputs[0], window), window, inputs[0][2:], strict=True)):
            raise ShapeError(f"The window of {window[0]}x{window[1]} does not fit into {inputs[0]}.")
        return ((*inputs[0][:2], *window),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A slice of height and width."""
        shapes = tuple(b.shape(ref) for ref in x)
        window = self._window(shapes)
        if window == shapes[0][2:]:
            return x[0]
        top, left = self._offset(shapes[0], window)
        return b.op("slice", x[0], name=node.name, begin=(None, None, top, left), end=(None, None, top + window[0], left + window[1]))

    def _window(self, shapes: tuple[Shape, ...]) -> tuple[int, ...]:
        return shapes[1][2:] if len(shapes) == 2 else self.h_w

    def _offset(self, shape: Shape, window: tuple[int, ...]) -> tuple[int, ...]:
        if not self.center_crop:
            return self.offset
        return tuple(max(size - w, 0) // 2 for size, w in zip(shape[2:], window, strict=True))
