"""The nets and data of the table, each written into a folder once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mrt_studio.demos.base import demos
from mrt_studio.session.session import Session
from tests.bench.accuracy.imbalance import save_unbalanced
from tests.bench.accuracy.pictures import arrays, calibration_files, scored_files
from tests.bench.accuracy.scoring import Case
from tests.models.zoo import images, side, zoo_model

ZOO = ("mobilenet1_0", "mobilenet_v2_1_0", "inception_v3")
REAL = ("mobilenet_v2", "efficientnet_lite0")
SIGMAS = (0.0, 0.5, 1.0)
MARGIN = 16
"""Random images that the stress is calibrated on."""


def saved(folder: Path, name: str, array: np.ndarray) -> Path:
    """Write an array; returns its file."""
    path = folder / f"{name}.npy"
    np.save(path, array)
    return path


def photo_cases(folder: Path, pictures: list[Path], limit: int) -> Iterator[Case]:
    """Nets with real weights, calibrated on photos, scored on other pictures and on video frames."""
    scored = scored_files(pictures)
    chosen = scored[:: -(-len(scored) // limit)] if limit else scored
    for name in REAL:
        demo, home = demos[name](), folder / name
        home.mkdir(parents=True, exist_ok=True)
        session = Session(home / "load.mrt")
        session.open(f"demo:{name}")
        session.run("load")
        made = session.folder("load")
        look = (demo.size, demo.mean, demo.std)
        calibration = saved(home, "calibration", arrays(calibration_files(), home / "calibration", *look))
        data = saved(home, "scored", arrays(chosen, home / "scored", *look))
        yield Case(name, made / "model.json", made / "model.params", calibration, data)


def zoo_cases(folder: Path, models: Path) -> Iterator[Case]:
    """Gluon's nets with fixed-seed weights, on the reference's own noise images: 4 to calibrate on, 2 to score on."""
    for name in ZOO:
        home = folder / name
        home.mkdir(parents=True, exist_ok=True)
        files, pixels = zoo_model(name, models), side(name)
        calibration = saved(home, "calibration", images(4, 3, pixels, pixels, 500))
        data = saved(home, "scored", images(2, 3, pixels, pixels, 9000))
        yield Case(name, files.symbol, files.params, calibration, data)


def stress_cases(folder: Path, models: Path) -> Iterator[Case]:
    """mobilenet1_0 with its channels unbalanced, without changing its function."""
    home = folder / "stress"
    home.mkdir(parents=True, exist_ok=True)
    files = zoo_model("mobilenet1_0", models)
    session = Session(home / "prepare.mrt")
    session.open(str(files.symbol), str(files.params))
    graph = session.run("prepare").graph
    calibration = saved(home, "calibration", images(MARGIN, 3, 224, 224, 500))
    data = saved(home, "scored", images(8, 3, 224, 224, 9000))
    for sigma in SIGMAS:
        symbol, params = save_unbalanced(graph, sigma, home)
        yield Case(f"mobilenet1_0 sigma {sigma}", symbol, params, calibration, data)


def fashion_cases(folder: Path) -> Iterator[Case]:
    """The nets that fashion.py trained, with all 10,000 test images."""
    for symbol in sorted(folder.glob("*-symbol.json")):
        name = symbol.name.removesuffix("-symbol.json")
        yield Case(
            f"fashion {name}",
            symbol,
            folder / f"{name}-0000.params",
            folder / "calibration.npy",
            folder / "scored.npy",
            folder / "labels.npy",
        )
