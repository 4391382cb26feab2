import contextlib
import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mrt_studio.datasets.npy_file import MAX_NPZ_BYTES, map_npy, npz_names, read_npz
from mrt_studio.errors import DataError


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def header(text, length=None):
    raw = text.encode()
    return b"\x93NUMPY\x01\x00" + (len(raw) if length is None else length).to_bytes(2, "little") + raw


GOOD = npy(np.arange(12, dtype=np.float32).reshape(3, 4))
HOSTILE = {
    "empty": b"",
    "magic": b"PK\x03\x04" + GOOD[4:],
    "version": GOOD[:6] + b"\x09" + GOOD[7:],
    "short header": GOOD[:20],
    "short": GOOD[:-1],
    "long": GOOD + b"\0",
    "long header": b"\x93NUMPY\x02\x00" + (1 << 31).to_bytes(4, "little"),
    "code": header("{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,)}"),
    "nested": header("(" * 3000),
    "extra field": header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}") + b"\0" * 4,
    "huge": header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}"),
    "overflow": header("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
    "negative": header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"),
    "truth": header("{'descr': '<f4', 'fortran_order': False, 'shape': (True,)}") + b"\0" * 4,
    "axes": header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}") + b"\0" * 4,
    "objects": header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}") + b"\0" * 8,
    "digits": header("{'descr': '<f4', 'fortran_order': False, 'shape': (" + "9" * 4000 + ",)}"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_npy_files_are_refused(tmp_path, name):
    path = tmp_path / "a.npy"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(DataError, match="cannot be used") as caught:
        map_npy(path)
    assert caught.value.where == str(path)
    assert caught.value.why
    assert caught.value.remedy


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_arrays_of_an_archive_are_refused(tmp_path, name):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", HOSTILE[name])
    with pytest.raises(DataError, match="cannot be used") as caught:
        read_npz(path, "x")
    assert str(path) in caught.value.where
    assert "'x'" in caught.value.where


def test_a_bomb_is_refused_by_its_announcement(tmp_path):
    path = tmp_path / "a.npz"
    start = header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({MAX_NPZ_BYTES + 1},)}}")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", start + b"\0" * 1000)
    with pytest.raises(DataError) as caught:
        read_npz(path, "x")
    assert f"at most {MAX_NPZ_BYTES}" in caught.value.why


def test_a_bomb_with_a_forged_directory_is_refused(tmp_path):
    """The directory says the member is small; what comes out is larger."""
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", GOOD + b"\0" * 100_000)
    raw, size = path.read_bytes(), (len(GOOD) + 100_000).to_bytes(4, "little")
    path.write_bytes(raw.replace(size, len(GOOD).to_bytes(4, "little")))
    with pytest.raises(DataError, match="cannot be used"):
        read_npz(path, "x")


@pytest.mark.parametrize("seed", range(60))
def test_damaged_archives_give_a_clear_error_or_numbers(tmp_path, seed):
    path, chance = tmp_path / "a.npz", random.Random(seed)
    np.savez_compressed(path, x=np.arange(500, dtype=np.float32), y=np.ones(3))
    raw = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 4)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    path.write_bytes(raw[: chance.choice([len(raw), chance.randrange(len(raw))])])
    with contextlib.suppress(DataError):
        for name in npz_names(path):
            assert read_npz(path, name).dtype.kind in "iuf"


@pytest.mark.parametrize("open_file", [map_npy, npz_names])
def test_what_is_no_file_is_told(tmp_path, open_file):
    for path in (tmp_path / "nowhere", tmp_path, tmp_path / ("x" * 3000)):
        with pytest.raises(DataError, match="not there"):
            open_file(path)


def test_a_mapped_file_cannot_be_written(tmp_path):
    (tmp_path / "a.npy").write_bytes(GOOD)
    assert not map_npy(tmp_path / "a.npy").flags.writeable


def test_an_array_that_is_not_in_the_archive_is_told(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones(3))
    with pytest.raises(DataError) as caught:
        read_npz(tmp_path / "a.npz", "y")
    assert "y.npy" in caught.value.why


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="needs a file whose first bytes cannot be read")
def test_a_file_that_cannot_be_read_is_told():
    with pytest.raises(DataError, match="cannot be used") as caught:
        map_npy(Path("/proc/self/mem"))
    assert "permissions" in caught.value.remedy
