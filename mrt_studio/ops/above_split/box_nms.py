"""Non-maximum suppression of boxes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.fixedpoint import bits_for, int_range
from mrt_studio.ir.attributes import choice, flag, integer, real
from mrt_studio.ir.graph import Ref, Shape
from mrt_studio.ops.base import FloatOnly, operator
from mrt_studio.ops.lowering import Lowering, Quantized

_LIMIT = 1 << 30
_END = (1 << 31) - 1
"""Where a slice ends that takes a whole axis."""


@operator("_contrib_box_nms", "_contrib_box_non_maximum_suppression")
@dataclass(frozen=True, kw_only=True)
class BoxNms(FloatOnly):
    """Keep the best of the boxes (B, N, k) that overlap each other; rows that go are -1."""

    arity = (1, 1)
    category = "other"
    why = (
        "The columns of its rows (class, score, corners) need scales of their own. Split in front of what joins them and set quantize.top to integer: "
        "then it becomes get_valid_counts and non_max_suppression."
    )

    overlap_thresh: float = real(0.5, low=0, high=1)
    valid_thresh: float = real(0.0)
    topk: int = integer(-1, low=-1, high=_LIMIT)
    coord_start: int = integer(2, low=0, high=_LIMIT)
    score_index: int = integer(1, low=0, high=_LIMIT)
    id_index: int = integer(-1, low=-1, high=_LIMIT)
    background_id: int = integer(-1, low=-1, high=_LIMIT)
    force_suppress: bool = flag(default=False)
    in_format: str = choice("corner", "center", default="corner")
    out_format: str = choice("corner", "center", default="corner")

    @property
    def outputs(self) -> int:
        """The boxes, and the record that only training reads."""
        return 2

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of the boxes, and (B, N, 1)."""
        boxes = inputs[0]
        if len(boxes) < 2 or boxes[-1] < max(self.coord_start + 4, self.score_index + 1, self.id_index + 1):
            raise ShapeError(f"Boxes of shape {boxes} have no columns for four coordinates from {self.coord_start} and a score at {self.score_index}.")
        return boxes, (*boxes[:-1], 1)

    def scale_free(self, q: Lowering, x: tuple[Quantized, ...]) -> tuple[Ref, ...] | None:
        """Count the valid boxes, then suppress: scores and overlaps compare alike at any scale of their own."""
        form = {"coord_start": (self.coord_start, 2), "score_index": (self.score_index, 1), "id_index": (self.id_index, 0)}
        form |= {"background_id": (self.background_id, -1), "in_format": (self.in_format, "corner"), "out_format": (self.out_format, "corner")}
        odd = [f"{name}={has}" for name, (has, wanted) in form.items() if has != wanted]
        if odd or len(q.shape(x[0].ref)) != 3 or q.shape(x[0].ref)[2] != 6:
            raise UnsupportedError(
                f"This form of box_nms is not supported: {', '.join(odd) or f'boxes of shape {q.shape(x[0].ref)}'}.",
                why="The machine takes boxes (B, N, 6) of class, score and four corners.",
                remedy="Export the detector with id_index=0, score_index=1, coord_start=2, corners, and no background class.",
            )
        least = math.floor(self.valid_thresh)
        rows = _without_negative_classes(q, x[0].ref, least)
        counted = q.emit("cvm.get_valid_counts", rows, hint="valid", score_threshold=least)
        kept = q.emit(
            "cvm.non_max_suppression",
            Ref(counted.name, 1),
            counted,
            iou_threshold=math.floor(round(100 * self.overlap_thresh, 6)),
            force_suppress=self.force_suppress,
            top_k=self.topk,
        )
        return (kept,)


def _without_negative_classes(q: Lowering, rows: Ref, least: int) -> Ref:
    """Lower the score of rows with a negative class to `least` or below, so that they are not valid.

    MXNet drops them before it counts to topk, and the runtime's CPU back end stops looking for overlaps at the first of them.

    Raises:
        UnsupportedError: `least` is below every score, so that no score says that a row is not valid.
    """
    bits = q.bits(rows)
    high = int_range(bits)
    if least < -high:
        raise UnsupportedError(f"box_nms has valid_thresh={least}, below every score.", why="A row without a class must not be valid.", remedy="Raise it to 0.")
    sign = q.emit("cvm.cvm_clip", q.emit("cvm.strided_slice", rows, begin=(0, 0, 0), end=(_END, _END, 1), hint="class"), precision=2, hint="sign")
    absent = q.emit("cvm.relu", q.emit("cvm.negative", sign, hint="negative"), hint="absent")
    # For a row with a negative class, score - loss <= high - loss = least.
    loss = np.array([[[0, max(high - least, 0), 0, 0, 0, 0]]])
    lost = q.emit("cvm.broadcast_mul", absent, q.constant("loss", loss), hint="lost")
    lost = q.emit("cvm.cvm_clip", lost, precision=bits_for(int(loss.max())), hint="lost")
    return q.emit("cvm.cvm_clip", q.emit("cvm.broadcast_sub", rows, lost, hint="lowered"), precision=bits, hint="rows")
