"""Statistics of many tensors in one .npz file."""

from __future__ import annotations

import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import ArtifactError
from mrt_studio.stats.histogram import HALF, Histogram
from mrt_studio.stats.tensor_stats import TensorStats

_DAMAGE = (OSError, LookupError, ValueError, TypeError, EOFError, NotImplementedError, RuntimeError, MemoryError, SyntaxError)
_DAMAGE += (zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError)
"""What numpy and zipfile raise on bytes that are not what they wrote."""


def save_stats(path: Path, stats: Mapping[str, TensorStats]) -> None:
    """Write the statistics; histograms are mostly empty, so the file is compressed."""
    values = list(stats.values())
    np.savez_compressed(
        path,
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
        with np.load(path, allow_pickle=False) as file:
            names = json.loads(file["names"].tobytes())
            samples, widths = file["samples"], file["widths"]
            index = np.split(file["index"], np.cumsum(samples)[:-1])
            rows = np.split(file["rows"].reshape(-1, 4), np.cumsum(samples)[:-1])
            channels = np.split(file["channels"], np.cumsum(2 * widths)[:-1])
            histograms = [Histogram(int(e), c) for e, c in zip(file["exponents"], file["counts"], strict=True)]
            sizes = file["size"]
        parts = zip(names, sizes, index, rows, channels, histograms, strict=True)
        return {n: TensorStats(int(size), i, r, c.reshape(2, -1), h) for n, size, i, r, c, h in parts}
    except _DAMAGE as error:
        raise ArtifactError("The calibration's statistics cannot be read.", where=path.name, why=str(error), remedy="Calibrate again.") from None


def _joined(arrays: list[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype)
