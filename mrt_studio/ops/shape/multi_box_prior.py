"""Anchor boxes over an image."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, reals
from mrt_studio.ir.graph import Array, Builder, Node, Ref, Shape
from mrt_studio.ops.base import Rewritten, Sample, operator
from mrt_studio.ops.shared.made import check_made


@operator("_contrib_MultiBoxPrior")
@dataclass(frozen=True, kw_only=True)
class MultiBoxPrior(Rewritten):
    """The corners of boxes around each pixel of x (N, C, H, W).

    There is one of each size with the first ratio, then one of the first size with each other ratio. Only the height and
    width of x are read. Lengths are shares of the image, `steps` and `offsets` those of y and x.
    """

    arity = (1, 1)
    category = "other"
    tolerance = 0.0001  # a parameter has sixteen bits

    sizes: tuple[float, ...] = reals((1.0,), low=0, high=1e6, lengths=tuple(range(1, 65)))
    ratios: tuple[float, ...] = reals((1.0,), low=1e-6, high=1e6, lengths=tuple(range(1, 65)))
    clip: bool = flag(default=False)
    steps: tuple[float, ...] = reals((-1.0, -1.0), low=-1, high=1e6, lengths=(2,))
    offsets: tuple[float, ...] = reals((0.5, 0.5), low=0, high=1, lengths=(2,))

    samples = (
        Sample({"sizes": (0.5, 0.25), "ratios": (1.0, 2.0, 0.5)}, ((2, 3, 4, 6),)),
        Sample({"sizes": (0.3,), "ratios": (0.7,), "clip": True, "steps": (0.2, 0.1), "offsets": (0.0, 0.4)}, ((1, 2, 3, 2),)),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(1, boxes, 4): left, top, right, bottom."""
        data = inputs[0]
        if len(data) != 4:
            raise ShapeError(f"Anchor boxes are made for an image (N, C, H, W), not for {data}.")
        return ((1, data[2] * data[3] * self._kinds, 4),)

    def prepare(self, b: Builder, node: Node, x: tuple[Ref, ...]) -> Ref | None:
        """A parameter."""
        shape = b.shape(x[0])
        check_made(math.prod(self.infer((shape,))[0]), "The corners of the anchor boxes")
        return b.param("", self.boxes(shape[2], shape[3]).reshape(self.infer((shape,))[0]), name=node.name)

    def boxes(self, height: int, width: int) -> Array:
        """Left, top, right and bottom of each box: float32 (height, width, kinds, 4)."""
        root = np.sqrt(np.array(self.ratios, np.float32))
        sizes, ratios = np.array([*self.sizes, *self.sizes[:1] * (len(root) - 1)], np.float32), np.array([*root[:1]] * len(self.sizes) + [*root[1:]])
        half = np.stack([sizes * height / width * ratios / 2, sizes / ratios / 2], axis=-1)
        y, x = (
            (np.arange(count, dtype=np.float32) + np.float32(offset)) * np.float32(step if step > 0 else 1 / count)
            for count, offset, step in zip((height, width), self.offsets, self.steps, strict=True)
        )
        centre = np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1)[:, :, None, :]
        corners = np.concatenate([centre - half, centre + half], axis=-1).astype(np.float32)
        return corners.clip(0, 1) if self.clip else corners

    @property
    def _kinds(self) -> int:
        return len(self.sizes) + len(self.ratios) - 1
