"""Picture files to samples: decode, resize the shorter side, crop the centre, normalize."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mrt_studio.datasets.base import Batch, Dataset, is_whole, require
from mrt_studio.datasets.statistics import IMAGENET_MEAN, IMAGENET_STD, Statistic, check_statistics, normalize
from mrt_studio.errors import DataError
from mrt_studio.ir.sniff import sniff

MAX_PIXELS = 1 << 26
"""The largest picture that is decoded or resized to."""

MAX_BYTES = 1 << 28
"""The largest picture file that is read."""

_PIXELS_A_BYTE = 8256
"""The most that PNG can pack into a byte: 1032 to 1, of one bit each. JPEG packs less."""

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
_UNREADABLE = (OSError, SyntaxError, ValueError, struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning)


class Picture(NamedTuple):
    """One file with the name it is shown under and its label, if it has one."""

    path: Path
    name: str
    label: int | None = None


@dataclass(frozen=True, kw_only=True)
class Pictures(Dataset):
    """A list of picture files, as (3, size, size) each.

    The shorter side is resized to `resize` pixels, the centre cropped to `size`, values brought to 0..1,
    channels put into `order`, and then (x - mean) / std taken, with mean and std in that order.
    """

    size: int = 224
    resize: int = 256
    mean: Statistic = IMAGENET_MEAN
    std: Statistic = IMAGENET_STD
    order: str = "RGB"
    filter: str = "bilinear"

    @abstractmethod
    def find(self) -> tuple[Picture, ...]:
        """List the files in a fixed order; either all have labels or none."""

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """What `find` has found."""
        return self.find()

    def check(self) -> None:
        """Refuse sizes, statistics or words that make no sense."""
        require(is_whole(self.size, 1, 4096), "size", self.size, "A number of pixels from 1 to 4096 is expected.")
        require(is_whole(self.resize, self.size, 8192), "resize", self.resize, f"A number of pixels from size={self.size} to 8192 is expected.")
        require(self.order in {"RGB", "BGR"}, "order", self.order, "RGB or BGR is expected.")
        require(self.filter in _FILTERS, "filter", self.filter, f"The filters are {' and '.join(_FILTERS)}.")
        check_statistics(self.mean, self.std, 3)

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Three channels of size x size."""
        return (3, self.size, self.size)

    def read(self, start: int, stop: int) -> Batch:
        """Decode pictures `start` to `stop` - 1."""
        chosen = self.pictures[start:stop]
        pixels = np.stack([self._pixels(picture.path) for picture in chosen]).transpose(0, 3, 1, 2)
        if self.order == "BGR":
            pixels = pixels[:, ::-1]
        values = pixels.astype(np.float32) / np.float32(255)
        known = [picture.label for picture in chosen if picture.label is not None]
        labels = np.array(known, np.int64) if known else None
        return Batch(normalize(values, self.mean, self.std), labels, tuple(picture.name for picture in chosen))

    def _pixels(self, path: Path) -> NDArray[np.uint8]:
        """The centre of a picture as (size, size, 3)."""
        picture = read_picture(path)
        width, height = picture.size
        short = min(width, height)
        target = (width * self.resize // short, height * self.resize // short)
        if target[0] * target[1] > MAX_PIXELS:
            raise _unusable(path, f"It is {width} x {height}, which is too long to be resized to {target[0]} x {target[1]}.")
        left, top = round((target[0] - self.size) / 2), round((target[1] - self.size) / 2)
        resized = picture.resize(target, _FILTERS[self.filter])
        return np.asarray(resized.crop((left, top, left + self.size, top + self.size)))


def read_picture(path: Path) -> Image.Image:
    """Decode a JPEG or PNG file to RGB; transparency is dropped, EXIF rotation is not applied.

    Raises:
        DataError: the file is damaged, of another format, too large, or has 16 bits a channel.
    """
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise _unusable(path, f"It has {size:,} bytes; at most {MAX_BYTES:,} are read.")
        with warnings.catch_warnings(), _opened(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _unusable(path, f"It has {picture.width} x {picture.height} pixels; at most {MAX_PIXELS} are decoded.")
            if picture.width * picture.height > _PIXELS_A_BYTE * size:
                raise _unusable(path, f"The file is too short for its {picture.width} x {picture.height} pixels.")
            if picture.mode.startswith(("I", "F")):
                raise _unusable(path, "It has 16 bits a channel.", "Save it with 8 bits a channel.")
            # A palette with transparent entries only converts without loss by way of RGBA.
            return (picture.convert("RGBA") if picture.mode == "P" else picture).convert("RGB")
    except UnidentifiedImageError:
        raise _unusable(path, _what(path), "Remove the file or save it again as JPEG or PNG.") from None
    except _UNREADABLE as error:
        raise _unusable(path, f"{error}", "Remove the file or save it again as JPEG or PNG.") from None


def _opened(path: Path) -> Image.Image:
    warnings.simplefilter("ignore", UserWarning)  # damaged EXIF data, which is not used
    # From memory, where asking for as much as a forged length says takes no more than there is.
    return Image.open(io.BytesIO(path.read_bytes()), formats=("JPEG", "PNG"))


def _what(path: Path) -> str:
    """What a file is instead of a picture."""
    try:
        with path.open("rb") as file:
            guess = sniff(file.read(4096))
    except OSError as error:
        return f"{error.strerror}."
    return f"It is {guess.what}." if guess else "It is neither JPEG nor PNG."


def _unusable(path: Path, why: str, remedy: str = "Remove the file or make it smaller.") -> DataError:
    return DataError("A picture cannot be used.", where=str(path), why=why, remedy=remedy)
