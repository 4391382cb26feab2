import numpy as np
import pytest
from PIL import Image

from mrt_studio.datasets.base import datasets


def _write_pictures(folder, names, *, side=20):
    """Pictures whose red channel tells which one they are."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((side, side + 4, 3), (10 * number, 100, 200), np.uint8)).save(path)


@pytest.fixture
def write_pictures():
    return _write_pictures


@pytest.fixture
def examples(tmp_path):
    """For each data set that its defaults do not make: how to make a small one."""
    np.save(tmp_path / "rows.npy", np.arange(7 * 2 * 3 * 3, dtype=np.float32).reshape(7, 2, 3, 3))
    _write_pictures(tmp_path / "pictures", [f"{i}.png" for i in range(7)])
    return {
        "arrays": f"arrays(path={str(tmp_path / 'rows.npy')!r})",
        "images": f"images(path={str(tmp_path / 'pictures')!r}, size=16, resize=18)",
        "photos": "photos(size=32, resize=40)",
        "stdrandom": "stdrandom(shape=(2, 5), count=7)",
        "mnist": "mnist(count=7)",
    }


@pytest.fixture(params=list(datasets))
def dataset(request, examples):
    return datasets.create(examples.get(request.param, request.param))
