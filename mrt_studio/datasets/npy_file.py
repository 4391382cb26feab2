"""NumPy's .npy and .npz files, read strictly: plain numbers only, sizes checked before anything is read.

A .npy file is a magic text, a version, the length of a header, the header (a Python dictionary as text with
`descr`, `fortran_order` and `shape`) and the elements. A .npz file is a zip archive of them.
[numpy/lib/format.py]
"""

from __future__ import annotations

import ast
import math
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from mrt_studio.datasets.paths import is_file
from mrt_studio.errors import DataError
from mrt_studio.ir.sniff import sniff

MAX_NPZ_BYTES = 1 << 30
"""The largest array of an archive that is unpacked into memory."""

_MAGIC = b"\x93NUMPY"
_MAX_HEADER = 4096
_DTYPES = {order + kind for kind in ("f2", "f4", "f8", "i2", "i4", "i8") for order in "<>"} | {"|u1", "|i1"}


class _Header(NamedTuple):
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    order: str
    offset: int

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def map_npy(path: Path) -> NDArray[Any]:
    """Map a .npy file into memory, read-only.

    Raises:
        DataError: the file is missing, damaged, empty, or holds anything but numbers.
    """
    if not is_file(path):
        raise _missing(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            header = _read_header(stream, str(path))
        if header.offset + header.nbytes != size:
            _refuse(str(path), f"The header announces {header.nbytes} bytes of elements, and there are {size - header.offset}.")
        return np.memmap(path, header.dtype, "r", header.offset, header.shape, header.order)  # pyright: ignore[reportCallIssue, reportArgumentType]
    except OSError as error:
        _refuse(str(path), f"{error}.", "Check the path and its permissions.")


def npz_names(path: Path) -> tuple[str, ...]:
    """The names of the arrays in a .npz file, in the order of the file.

    Raises:
        DataError: the file is missing or no archive.
    """
    with _archive(path) as archive:
        return tuple(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))


def read_npz(path: Path, name: str) -> NDArray[Any]:
    """One array of a .npz file; what the headers announce is held against the limit before unpacking.

    Raises:
        DataError: the archive or the array is damaged, too large, or holds anything but numbers.
    """
    where = f"{path}, array {name!r}"
    with _archive(path) as archive:
        member = archive.getinfo(f"{name}.npy")
        with archive.open(member) as stream:
            header = _read_header(stream, where)  # pyright: ignore[reportArgumentType]
            if max(header.nbytes, member.file_size) > MAX_NPZ_BYTES:
                _refuse(where, f"It unpacks to {max(header.nbytes, member.file_size)} bytes; at most {MAX_NPZ_BYTES} are read.", "Save it as .npy.")
            if header.offset + header.nbytes != member.file_size:
                _refuse(where, f"The header announces {header.nbytes} bytes of elements, and there are {member.file_size - header.offset}.")
            elements = stream.read(header.nbytes)
    return np.frombuffer(elements, header.dtype).reshape(header.shape, order=header.order)  # pyright: ignore[reportCallIssue, reportArgumentType]


@contextmanager
def _archive(path: Path) -> Generator[zipfile.ZipFile]:
    if not is_file(path):
        raise _missing(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(_MAX_HEADER)
        if not head.startswith(b"PK") and (why := _what(head)):
            _refuse(str(path), why)
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        _refuse(str(path), f"The archive cannot be read: {str(error)[:300]}.")


def _read_header(stream: BinaryIO, where: str) -> _Header:
    start = stream.read(len(_MAGIC) + 2)
    width = {1: 2, 2: 4, 3: 4}.get(start[-2]) if len(start) == len(_MAGIC) + 2 and start.startswith(_MAGIC) else None
    if width is None:
        _refuse(where, _what(start + stream.read(_MAX_HEADER)) or "It does not begin like a .npy file.")
    length = int.from_bytes(stream.read(width), "little")
    if length > _MAX_HEADER:
        _refuse(where, f"The header has {length} bytes; at most {_MAX_HEADER} are read.")
    try:
        fields = ast.literal_eval(stream.read(length).decode("latin-1").strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        _refuse(where, "The header is damaged.")
    return _parse(fields, len(start) + width + length, where)


def _parse(fields: Any, offset: int, where: str) -> _Header:
    match fields:
        case {"descr": str() as descr, "fortran_order": bool() as fortran, "shape": tuple() as shape} if len(fields) == 3:
            pass
        case _:
            _refuse(where, "The header does not describe an array of numbers.", "Save one array of floats or bytes; structured arrays are not read.")
    if descr not in _DTYPES:
        _refuse(where, f"The elements are of type {descr[:20]!r}.", "Save floats or uint8; objects are never read.")
    if not shape or any(type(n) is not int or not 0 < n < 1 << 48 for n in shape) or len(shape) > 8:
        _refuse(where, f"The shape is {str(shape)[:80]}.", "At least one axis and no empty one is needed.")
    return _Header(np.dtype(descr), shape, "F" if fortran else "C", offset)


def _what(head: bytes) -> str:
    """What the file is instead, where that can be told."""
    guess = sniff(head)
    return f"It is {guess.what}." if guess else ""


def _missing(path: Path) -> DataError:
    return DataError("The array file is not there.", where=str(path), why="The path does not lead to a regular file.", remedy="Check the path.")


def _refuse(where: str, why: str, remedy: str = "Save it again with numpy.save or numpy.savez.") -> NoReturn:
    raise DataError("The array file cannot be used.", where=where, why=why, remedy=remedy)
