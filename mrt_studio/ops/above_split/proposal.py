"""Region proposals: only above the split keys."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer, real, reals
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator


@dataclass(frozen=True, kw_only=True)
class _Proposing(FloatOnly):
    """Boxes from the scores and corrections of anchors, and from image sizes.

    The shapes are (B, 2 A, H, W), (B, 4 A, H, W) and (B, 3).
    """

    arity = (3, 3)
    category = "other"
    input_names = ("cls_prob", "bbox_pred", "im_info")
    why = "It sorts the boxes in floats, and their sizes are exponentials over a range that no scale of their centres fits."

    rpn_pre_nms_top_n: int = integer(6000, low=-1, high=1 << 24)
    rpn_post_nms_top_n: int = integer(300, low=1, high=1 << 24)
    threshold: float = real(0.7)
    rpn_min_size: int = integer(16, low=0, high=1 << 24)
    scales: tuple[float, ...] = reals((4.0, 8.0, 16.0, 32.0), lengths=tuple(range(1, 65)))
    ratios: tuple[float, ...] = reals((0.5, 1.0, 2.0), lengths=tuple(range(1, 65)))
    feature_stride: int = integer(16, low=1, high=1 << 24)
    output_score: bool = flag(default=False)
    iou_loss: bool = flag(default=False)

    @property
    def outputs(self) -> int:
        """The boxes, and their scores when they are asked for."""
        return 2 if self.output_score else 1

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(boxes, 5) and (boxes, 1)."""
        scores, corrections, images = inputs
        anchors = len(self.scales) * len(self.ratios)
        n, size = scores[0], scores[2:]
        if len(scores) != 4 or scores[1] != 2 * anchors or corrections != (n, 4 * anchors, *size) or images != (n, 3):
            raise ShapeError(f"With {anchors} anchors the shapes cannot be {scores}, {corrections} and {images}.")
        boxes = n * self.rpn_post_nms_top_n
        return ((boxes, 5), (boxes, 1))[: self.outputs]


@operator("_contrib_Proposal")
@dataclass(frozen=True, kw_only=True)
class Proposal(_Proposing):
    """Proposals of one image."""

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(boxes, 5) and (boxes, 1)."""
        if inputs[0][0] != 1:
            raise ShapeError(f"_contrib_Proposal takes one image, not {inputs[0][0]}.")
        return super().infer(inputs)


@operator("_contrib_MultiProposal")
@dataclass(frozen=True, kw_only=True)
class MultiProposal(_Proposing):
    """Proposals of a batch of images."""
