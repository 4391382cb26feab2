"""Boxes against anchors: only above the split keys."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import choice, real
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator


@operator("_contrib_box_decode")
@dataclass(frozen=True, kw_only=True)
class BoxDecode(FloatOnly):
    """Corners of boxes (B, N, 4) that are given relative to anchors (1, N, 4)."""

    arity = (2, 2)
    category = "other"
    input_names = ("data", "anchors")
    why = "The sizes of boxes are exponentials over a range that no scale of their centres fits."

    std0: float = real(1.0)
    std1: float = real(1.0)
    std2: float = real(1.0)
    std3: float = real(1.0)
    clip: float = real(-1.0)
    format: str = choice("center", "corner", default="center")

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of the boxes."""
        data, anchors = inputs
        if len(data) != 3 or data[2] != 4 or anchors != (1, *data[1:]):
            raise ShapeError(f"Boxes (B, N, 4) and anchors (1, N, 4) are needed, not {data} and {anchors}.")
        return (data,)


@operator("_contrib_box_encode")
@dataclass(frozen=True, kw_only=True)
class BoxEncode(FloatOnly):
    """Training targets of anchors (B, N, 4) for boxes (B, M, 4), and their mask."""

    arity = (6, 6)
    category = "other"
    input_names = ("samples", "matches", "anchors", "refs", "means", "stds")
    why = "It makes targets for training, which a model does not need to run."

    @property
    def outputs(self) -> int:
        """Targets and mask."""
        return 2

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Twice the shape of the anchors."""
        samples, matches, anchors, refs, means, stds = inputs
        boxes = len(anchors) == 3 == len(refs) and anchors[0] == refs[0] and anchors[2] == refs[2] == 4
        if not boxes or samples != anchors[:2] or matches != samples or (means, stds) != ((4,), (4,)):
            raise ShapeError(f"The shapes {', '.join(map(str, inputs))} are not those of samples, matches, anchors, boxes, means and deviations.")
        return (anchors, anchors)


@operator("_contrib_box_iou")
@dataclass(frozen=True, kw_only=True)
class BoxIou(FloatOnly):
    """Overlap of each box (..., 4) with each other one, as a share of their union."""

    arity = (2, 2)
    category = "other"
    input_names = ("lhs", "rhs")
    why = "It divides areas; what reads the overlaps is non-maximum suppression, which the machine does as a whole."

    format: str = choice("corner", "center", default="corner")

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The axes of the first boxes, then those of the second."""
        if any(len(shape) < 2 or shape[-1] != 4 for shape in inputs):
            raise ShapeError(f"Boxes have four numbers on the last axis; the shapes are {inputs[0]} and {inputs[1]}.")
        return ((*inputs[0][:-1], *inputs[1][:-1]),)
