"""Statistics in a file, and files that are damaged."""

import io
import zipfile

import numpy as np
import pytest

from mrt_studio.errors import ArtifactError
from mrt_studio.stats.files import load_stats, save_stats
from mrt_studio.stats.tensor_stats import TensorStats


def some():
    rng = np.random.default_rng(0)
    shapes = {"data": (4, 3, 5, 5), "fc/ weight é": (1, 7), "zeros": (2, 3), "flat": (3,)}
    stats = {name: TensorStats.of((rng.standard_normal(shape) * (name != "zeros")).astype(np.float32), 2) for name, shape in shapes.items()}
    return stats | {"w": TensorStats.of_parameter(rng.standard_normal((2, 3)))}


def equal(a, b):
    fields = ("index", "rows", "channels")
    same = all(np.array_equal(getattr(a, f), getattr(b, f)) and getattr(a, f).dtype == getattr(b, f).dtype for f in fields)
    return same and a.size == b.size and a.histogram.exponent == b.histogram.exponent and np.array_equal(a.histogram.counts, b.histogram.counts)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_what_is_written_is_read(tmp_path, count):
    stats = dict(list(some().items())[:count])
    save_stats(tmp_path / "stats.npz", stats)
    again = load_stats(tmp_path / "stats.npz")
    assert list(again) == list(stats)
    assert all(equal(again[name], stats[name]) for name in stats)
    assert all(again[name].mean == stats[name].mean for name in stats)


def damaged(raw, kind, rng):
    at = int(rng.integers(len(raw)))
    if kind == "cut":
        return raw[:at]
    if kind == "flip":
        return raw[:at] + bytes([raw[at] ^ (1 << int(rng.integers(8)))]) + raw[at + 1 :]
    return raw[:at] + bytes(rng.integers(0, 256, 8, dtype=np.uint8)) + raw[at + 8 :]


@pytest.mark.parametrize("kind", ["cut", "flip", "overwrite"])
def test_a_damaged_file_is_refused_or_gives_the_same(tmp_path, kind):
    stats, path, rng = {"data": some()["data"]}, tmp_path / "stats.npz", np.random.default_rng(1)
    save_stats(path, stats)
    raw = path.read_bytes()
    refused = 0
    for _ in range(150):
        path.write_bytes(damaged(raw, kind, rng))
        try:
            again = load_stats(path)
        except ArtifactError:
            refused += 1
        else:
            assert list(again) == ["data"]
            assert equal(again["data"], stats["data"])
    assert refused > 75


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"not a file"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "stats.npz"
    path.write_bytes(content)
    with pytest.raises(ArtifactError) as caught:
        load_stats(path)
    assert (caught.value.where, caught.value.remedy) == ("stats.npz", "Calibrate again.")


def test_a_missing_file_and_a_single_array_are_refused(tmp_path):
    with pytest.raises(ArtifactError):
        load_stats(tmp_path / "none.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ArtifactError):
        load_stats(tmp_path / "one.npy")


@pytest.mark.parametrize("key", ["names", "size", "samples", "index", "rows", "widths", "channels", "exponents", "counts"])
@pytest.mark.parametrize("change", ["missing", "short", "text"])
def test_arrays_that_do_not_fit_each_other_are_refused(tmp_path, key, change):
    path = tmp_path / "stats.npz"
    save_stats(path, some())
    with np.load(path) as file:
        arrays = dict(file)
    if change == "missing":
        del arrays[key]
    else:
        arrays[key] = arrays[key][:-1] if change == "short" else np.array(["x"] * len(arrays[key]))
    with zipfile.ZipFile(path, "w") as file:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.save(data, array)
            file.writestr(f"{name}.npy", data.getvalue())
    with pytest.raises(ArtifactError):
        load_stats(path)
