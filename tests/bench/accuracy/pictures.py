"""The pictures of the benchmark: some packages' to calibrate on, others' to score on."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np

from mrt_studio.datasets.base import batches, datasets

SUFFIXES = {".png", ".jpg"}
SMALLEST = 150
"""Pixels of the shorter side; smaller pictures are icons and handwritten digits."""


def calibration_files() -> list[Path]:
    """The photos that scikit-image, scikit-learn and, where it is installed, foolbox carry."""
    from mrt_studio.datasets.photos import Photos

    files = [picture.path for picture in Photos().pictures]
    files += sorted((_folder("sklearn") / "datasets" / "images").glob("*.jpg"))
    if importlib.util.find_spec("foolbox"):
        files += sorted((_folder("foolbox") / "data").glob("imagenet_*.jpg"))
    return files


def scored_files(folders: list[Path]) -> list[Path]:
    """All pictures of the folders that are large enough."""
    from PIL import Image

    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]
    kept = []
    for path in files:
        with Image.open(path) as picture:
            if min(picture.size) >= SMALLEST and not picture.mode.startswith("I"):
                kept.append(path)
    return kept


def arrays(files: list[Path], folder: Path, size: int, mean: tuple, std: tuple) -> np.ndarray:
    """The pictures as float32 (n, 3, size, size); `folder` gets copies, in order."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, path in enumerate(files):
        shutil.copy(path, folder / f"{number:04}{path.suffix}")
    source = datasets["images"](path=str(folder), size=size, resize=max(size, 256), mean=mean, std=std)
    return np.concatenate([batch.data for batch in batches(source, 16)])


def _folder(package: str) -> Path:
    return Path(importlib.util.find_spec(package).origin).parent
