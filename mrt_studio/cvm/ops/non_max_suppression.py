"""non_max_suppression: of boxes that overlap, the one with the highest score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrt_studio.cvm.ops.base import at_most, cvm_operator
from mrt_studio.cvm.ops.shared.no_twin import NoTwin
from mrt_studio.errors import OverflowError32, ShapeError, UnsupportedError
from mrt_studio.ir.attributes import flag, integer
from mrt_studio.ir.graph import Array, Shape

MOST_BITS = 30
"""Of the boxes: with more, areas leave the runtime's 64-bit numbers."""

_ID, _SCORE, _CORNERS, _WIDTH = 0, 1, 2, 6
_FAR = (1 << 31) - 1
_PERCENT = 100
_LARGEST = ((1 << 63) - 1) // _PERCENT


@cvm_operator("non_max_suppression")
@dataclass(frozen=True, kw_only=True)
class NonMaxSuppression(NoTwin):
    """Choose among the first count[b] rows (id, score, left, top, right, bottom) of x (B, N, 6).

    The rows are taken by descending score, equal ones in their order, the first `top_k` of them. A row is dropped if
    its id is negative, or if it overlaps a row chosen before, of the same id unless `force_suppress`, by at least
    `iou_threshold` percent. The first `max_output_size` rows are the result; all others are -1. A negative number for
    `top_k` or `max_output_size` means no limit.

    The runtime's CPU back end differs where one of the rows has a negative id: it then stops looking for overlaps. So what lowers a float
    operator to this one keeps such rows out of the count.
    """

    arity = (2, 2)
    category = "other"

    iou_threshold: int = integer(50, low=1, high=_FAR)
    force_suppress: bool = flag(default=False)
    top_k: int = integer(-1, low=-_FAR, high=_FAR)
    coord_start: int = integer(_CORNERS, low=_CORNERS, high=_CORNERS)
    score_index: int = integer(_SCORE, low=_SCORE, high=_SCORE)
    id_index: int = integer(_ID, low=_ID, high=_ID)
    max_output_size: int = integer(-1, low=-_FAR, high=_FAR)
    return_indices: bool = flag(default=False)
    invalid_to_bottom: bool = flag(default=True)

    def infer(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape of x.

        Raises:
            ShapeError: x is not (B, N, 6) or the counts not (B).
            UnsupportedError: a flag has the value that the runtime refuses.
        """
        data, counts = inputs
        if len(data) != 3 or data[2] != _WIDTH or counts != data[:1]:
            raise ShapeError(f"non_max_suppression needs (batch, boxes, {_WIDTH}) and (batch,), not {data} and {counts}.")
        if self.return_indices or not self.invalid_to_bottom:
            raise UnsupportedError("non_max_suppression returns rows with the invalid ones at the bottom.", why="The runtime knows nothing else.")
        return (data,)

    def bits(self, inputs: tuple[int, ...], shapes: tuple[Shape, ...]) -> int:
        """Those of x.

        Raises:
            OverflowError32: x has more than 30 bits, or one bit, which cannot hold -1.
        """
        if inputs[0] < 2:
            raise OverflowError32("The boxes have 1 bit, which cannot hold the -1 of the rows that are left.", remedy="Give them at least 2 bits.")
        return at_most(inputs[0], MOST_BITS, "The tensor of boxes", "Bring the boxes to fewer bits.")

    def run(self, *x: Array) -> Array:
        """The chosen rows first, then -1."""
        out = np.full_like(x[0], -1)
        for rows, count, result in zip(x[0], x[1], out, strict=True):
            chosen = self._chosen(rows[: max(int(count), 0)])
            result[: len(chosen)] = chosen
        return out

    def base_ops(self, inputs: tuple[Shape, ...]) -> int:
        """Twenty a sample, whatever the number of boxes."""
        return 20 * inputs[0][0]

    def _chosen(self, rows: Array) -> Array:
        limit = len(rows) if self.max_output_size < 0 else self.max_output_size
        order = np.argsort(-rows[:, _SCORE], kind="stable")
        rows = rows[order[: self.top_k] if self.top_k >= 0 else order]
        rows = rows[rows[:, _ID] >= 0]
        kept, left = list[int](), np.ones(len(rows), bool)
        for i, row in enumerate(rows):
            if len(kept) >= limit:
                break
            if left[i]:
                kept.append(i)
                left[i + 1 :] &= ~self._dropped_by(row, rows[i + 1 :])
        return rows[kept]

    def _dropped_by(self, row: Array, others: Array) -> Array:
        overlap = overlap_percent(row[_CORNERS:], others[:, _CORNERS:]) >= self.iou_threshold
        return overlap if self.force_suppress else overlap & (others[:, _ID] == row[_ID])


def overlap_percent(box: Array, others: Array) -> Array:
    """Intersection over union, in whole percent, of a box (4) with others (M, 4); each is left, top, right, bottom.

    Where a hundred intersections would leave 64 bits, the union is divided instead of the intersection multiplied, as
    the runtime does.
    """
    size = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0)
    shared = size[:, 0] * size[:, 1]
    area, areas = (np.prod(b[..., 2:] - b[..., :2], axis=-1) for b in (box, others))
    union = np.where(shared > 0, area + areas - shared, 1)  # boxes that share something have an area
    large = shared > _LARGEST
    return np.where(large, shared // np.where(large, union // _PERCENT, 1), np.where(large, 0, shared) * _PERCENT // union)
