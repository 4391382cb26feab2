"""Pickled NumPy arrays, read as data: a dictionary from layer names to lists of arrays.

An array is written as `_reconstruct(ndarray, (0,), b"b")` with the state (1, shape, dtype, Fortran
order, bytes), and a dtype as `dtype("f4", 0, 1)` with the state (3, byte order, ...). [NumPy, NEP 1]
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrt_studio.errors import FormatError
from mrt_studio.importers.pickle_stream import PickleReader, read_file

Array = NDArray[Any]

_DTYPES = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1"})
_MAX_DIMENSIONS = 8
_NDARRAY = object()


@dataclass
class _Dtype:
    """An element type; its byte order comes with the state."""

    code: str
    order: str = ""


@dataclass
class _Pending:
    """An array whose shape and bytes come with the state."""

    array: Array | None = None


def read_numpy_pickle(path: Path) -> dict[str, list[Array]]:
    """Read a pickled dictionary of lists of arrays; arrays are read-only.

    Raises:
        FormatError: the file is damaged, or holds anything but plain arrays.
    """
    stream = read_file(path)
    try:
        return {name: _arrays(name, entry) for name, entry in _entries(stream).items()}
    except FormatError as error:
        error.where = error.where or str(path)
        raise


def _entries(stream: io.BytesIO) -> dict[str, Any]:
    value = PickleReader(_KNOWN, build=_build).read(stream)
    if stream.read(1):
        raise FormatError("The file goes on behind its pickle.")
    if type(value) is not dict:
        raise FormatError("The pickle is no dictionary.")
    return value


def _arrays(name: str, entry: Any) -> list[Array]:
    found = [item.array for item in entry if isinstance(item, _Pending) and item.array is not None] if type(entry) is list else []
    if not found or len(found) != len(entry):
        raise FormatError(f"The entry {name[:80]!r} is no list of arrays.")
    return found


def _reconstruct(arguments: tuple[Any, ...]) -> _Pending:
    match arguments:
        case (marker, (0,), bytes()) if marker is _NDARRAY:
            return _Pending()
        case _:
            raise FormatError("An array is made in an unknown way.")


def _dtype(arguments: tuple[Any, ...]) -> _Dtype:
    match arguments:
        case (str() as code, bool() | int(), bool() | int()) if code in _DTYPES:
            return _Dtype(code)
        case _:
            raise FormatError("An array's element type is not known.", remedy=f"Known ones are {', '.join(sorted(_DTYPES))}.")


def _build(target: Any, state: Any) -> None:
    match target, state:
        case _Dtype(), (3, str() as order, None, None, None, -1, -1, 0) if order in ("<", "|"):
            target.order = order
        case _Pending(array=None), (1, tuple() as shape, _Dtype() as kind, bool() as fortran, bytes() as data) if kind.order:
            target.array = _filled(shape, np.dtype(kind.order + kind.code), fortran, data)
        case _:
            raise FormatError("An array's state is not known.", why="Little-endian numbers, given once, are expected.")


def _filled(shape: tuple[Any, ...], dtype: np.dtype[Any], fortran: bool, data: bytes) -> Array:
    if len(shape) > _MAX_DIMENSIONS or any(type(n) is not int or n < 1 for n in shape):
        raise FormatError("An array's shape is not valid.", why=f"At most {_MAX_DIMENSIONS} positive sizes are expected.")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise FormatError("An array's shape does not fit its bytes.", why=f"The shape {shape} of {dtype} needs other than {len(data)} bytes.")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


_KNOWN: dict[str, Any] = {
    "numpy.core.multiarray _reconstruct": _reconstruct,
    "numpy ndarray": _NDARRAY,
    "numpy dtype": _dtype,
}
