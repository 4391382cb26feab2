"""Small pictures of samples, for tables: PNG files as data addresses."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mrt_studio.datasets.base import Dataset
from mrt_studio.datasets.pictures import Pictures
from mrt_studio.session.samples import open_data
from mrt_studio.session.session import Session

MOST = 48
"""So many pictures are made at once."""
_SMALLEST = 16
"""What has fewer rows or columns is no picture."""


def thumbnails(session: Session, positions: Sequence[int], pixels: int = 64) -> dict[int, str]:
    """Pictures of the first `MOST` of these samples, by position in the evaluation's data set; none if they are no pictures.

    The longer side has `pixels`. Values are brought back to 0..255 with the data set's mean and std if it has them, otherwise
    from the least to the largest of the sample.

    Raises:
        DataError: the data set cannot be read any more.
    """
    source = open_data(session)
    if not has_pictures(source.sample_shape):
        return {}
    wanted = [position for position in positions[:MOST] if 0 <= position < len(source)]
    return {position: _address(_bytes(source, source.batch(position, position + 1).data[0]), pixels) for position in wanted}


def has_pictures(shape: tuple[int, ...]) -> bool:
    """Whether a sample of this shape can be shown: one or three channels of at least 16 x 16."""
    return len(shape) == 3 and shape[0] in (1, 3) and min(shape[1:]) >= _SMALLEST


def _bytes(source: Dataset, sample: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A sample (C, H, W) as (H, W, 3)."""
    x = sample.astype(np.float64)
    if isinstance(source, Pictures):
        shape = (-1, 1, 1)
        x = x * np.broadcast_to(np.asarray(source.std), (3,)).reshape(shape) + np.broadcast_to(np.asarray(source.mean), (3,)).reshape(shape)
        x = x[::-1] if source.order == "BGR" else x
    else:
        x = (x - x.min()) / ((x.max() - x.min()) or 1)
    return np.broadcast_to(np.clip(np.rint(255 * x), 0, 255).astype(np.uint8), (3, *x.shape[1:])).transpose(1, 2, 0)


def _address(pixels: NDArray[np.uint8], side: int) -> str:
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((side, side))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
