"""Boxes of a single-shot detector: only above the split keys."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.errors import ShapeError
from mrt_studio.ir.attributes import flag, integer, real, reals
from mrt_studio.ir.graph import Shape
from mrt_studio.ops.base import FloatOnly, operator

_VARIANCES = (0.1, 0.1, 0.2, 0.2)


@operator("_contrib_MultiBoxDetection")
@dataclass(frozen=True, kw_only=True)
class MultiBoxDetection(FloatOnly):
    """Class, score and corners of the boxes that are left: (B, A, 6).

    They come from scores (B, C, A), places (B, 4 A) and anchors (1, A, 4).
    """

    arity = (3, 3)
    category = "other"
    input_names = ("cls_prob", "loc_pred", "anchor")
    why = "It sorts the boxes in floats, and their sizes are exponentials over a range that no scale of their centres fits."

    clip: bool = flag(default=True)
    threshold: float = real(0.01)
    background_id: int = integer(0, low=-1, high=1 << 20)
    nms_threshold: float = real(0.5)
    force_suppress: bool = flag(default=False)
    variances: tuple[float, ...] = reals(_VARIANCES, lengths=(4,))
    nms_topk: int = integer(-1, low=-1, high=1 << 30)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(B, A, 6)."""
        scores, places, anchors = inputs
        if len(scores) != 3 or anchors != (1, scores[2], 4) or places != (scores[0], 4 * scores[2]):
            raise ShapeError(f"Scores (B, C, A), places (B, 4 A) and anchors (1, A, 4) are needed, not {scores}, {places} and {anchors}.")
        return ((scores[0], scores[2], 6),)


@operator("_contrib_MultiBoxTarget")
@dataclass(frozen=True, kw_only=True)
class MultiBoxTarget(FloatOnly):
    """Training targets of anchors (1, A, 4).

    They are for labels (B, M, 5 or more) and scores (B, C, A).
    """

    arity = (3, 3)
    category = "other"
    input_names = ("anchor", "label", "cls_pred")
    why = "It makes targets for training, which a model does not need to run."

    overlap_threshold: float = real(0.5)
    ignore_label: float = real(-1.0)
    negative_mining_ratio: float = real(-1.0)
    negative_mining_thresh: float = real(0.5)
    minimum_negative_samples: int = integer(0, low=0, high=1 << 30)
    variances: tuple[float, ...] = reals(_VARIANCES, lengths=(4,))

    @property
    def outputs(self) -> int:
        """Places, their mask, and classes."""
        return 3

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """(B, 4 A) twice, and (B, A)."""
        anchors, labels, scores = inputs
        if len(scores) != 3 or anchors != (1, scores[2], 4) or len(labels) != 3 or labels[0] != scores[0] or labels[2] < 5:
            raise ShapeError(f"Anchors (1, A, 4), labels (B, M, 5) and scores (B, C, A) are needed, not {anchors}, {labels} and {scores}.")
        places = (scores[0], 4 * scores[2])
        return (places, places, (scores[0], scores[2]))
