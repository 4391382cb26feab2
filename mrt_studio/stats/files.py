"""Statistics of many tensors in one .npz file."""

from __future__ import annotations

import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import ArtifactError
from mrt_studio.stats.histogram import HALF, Histogram
from mrt_studio.stats.tensor_stats import TensorStats

_MOST_BYTES = 4 << 30
DAMAGE = (
    *(OSError, LookupError, ValueError, TypeError, AttributeError, EOFError, ArithmeticError, NotImplementedError, RuntimeError, MemoryError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError),
)
"""What numpy and zipfile raise on bytes that are not what they wrote."""


def save_stats(file: Path | BinaryIO, stats: Mapping[str, TensorStats]) -> None:
    """Write the statistics; histograms are mostly empty, so the file is compressed."""
    values = list(stats.values())
    np.savez_compressed(
        file,
        names=np.frombuffer(json.dumps(list(stats)).encode(), np.uint8),
        size=np.array([s.size for s in values], np.int64),
        samples=np.array([s.samples for s in values], np.int64),
        index=_joined([s.index for s in values], np.int64),
        rows=_joined([s.rows.reshape(-1) for s in values], np.float64),
        widths=np.array([s.channels.shape[1] for s in values], np.int64),
        channels=_joined([s.channels.reshape(-1) for s in values], np.float32),
        exponents=np.array([s.histogram.exponent for s in values], np.int64),
        counts=np.stack([s.histogram.counts for s in values]) if values else np.empty((0, 2 * HALF), np.int64),
    )


def load_stats(path: Path) -> dict[str, TensorStats]:
    """Read the statistics.

    Raises:
        ArtifactError: the file is damaged.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            if sum(member.file_size for member in file.zip.infolist()) > _MOST_BYTES:
                raise ValueError(f"the arrays unpack to more than {_MOST_BYTES:,} bytes")
            names = json.loads(file["names"].tobytes())
            samples, widths = file["samples"].astype(np.int64), file["widths"].astype(np.int64)
            index = _parts(file["index"], np.int64, samples)
            rows = [r.reshape(-1, 4) for r in _parts(file["rows"], np.float64, 4 * samples)]
            channels = _parts(file["channels"], np.float32, 2 * widths)
            counts = _parts(file["counts"].reshape(-1), np.int64, np.full(len(names), 2 * HALF))
            histograms = [Histogram(int(e), c) for e, c in zip(file["exponents"], counts, strict=True)]
            sizes = file["size"]
        parts = zip(names, sizes, index, rows, channels, histograms, strict=True)
        return {n: TensorStats(int(size), i, r, c.reshape(2, -1), h) for n, size, i, r, c, h in parts}
    except DAMAGE as error:
        raise ArtifactError("The calibration's statistics cannot be read.", where=path.name, why=str(error)[:300], remedy="Calibrate again.") from None


def _joined(arrays: list[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype)


def _parts(array: NDArray[Any], dtype: type, lengths: NDArray[np.int64]) -> list[NDArray[Any]]:
    """Cut a flat array into consecutive parts; raises ValueError unless it has this type and just these parts."""
    ends = np.cumsum(lengths)
    if array.dtype != dtype or array.ndim != 1 or (lengths < 0).any() or len(array) != (ends[-1] if len(ends) else 0):
        raise ValueError("the arrays do not fit each other")
    return np.split(array, ends)[:-1]
