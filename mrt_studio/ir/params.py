"""The front door for parameter files: MXNet's list of named arrays.

Layout, little endian: u64 0x112, u64 0, u64 count, the arrays, u64 count, the names (u64 length, UTF-8).
An array (V2) is u32 magic, i32 storage type (0: dense), i32 rank, i64 dimensions, i32 device type,
i32 device number, i32 element type, data. V1 has no storage type; before it, the rank stood in place of
the magic, with u32 dimensions. Source: src/ndarray/ndarray.cc of MXNet 1.9.1, NDArray::Load and LegacyLoad.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from struct import Struct, pack
from typing import BinaryIO

import numpy as np

from mrt_studio.errors import FormatError, ModelError
from mrt_studio.ir.graph import Array, Shape
from mrt_studio.ir.limits import DEFAULT_LIMITS, Limits
from mrt_studio.ir.names import check_text, shown
from mrt_studio.ir.sniff import PARAMS_MAGIC, sniff

MAGIC_V1, MAGIC_V2, MAGIC_V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
ELEMENT_TYPES = {0: "<f4", 1: "<f8", 2: "<f2", 3: "|u1", 4: "<i4", 5: "|i1", 6: "<i8"}
_FLAGS = {np.dtype(text): flag for flag, text in ELEMENT_TYPES.items()}
_UNREADABLE = {7: "bool", 8: "int16", 9: "uint16", 10: "uint32", 11: "uint64", 12: "bfloat16"}
_DEVICES = (1, 2, 3, 5)  # CPU, GPU, pinned and shared memory: where the array was when it was saved
_U32, _U64, _I32, _I32X3 = Struct("<I"), Struct("<Q"), Struct("<i"), Struct("<iii")
_AGAIN = "Get or save the file again."
_CHUNK = 1 << 18


def load_params(path: Path | str, *, limits: Limits = DEFAULT_LIMITS, allow_non_finite: bool = False) -> dict[str, Array]:
    """Read a parameter file; the arrays are read-only and independent of the file.

    The file is mapped and each array copied out of it once, so a file that is written over later
    (net.export does that in place) cannot change the arrays or end the process.

    Raises:
        FormatError: the file cannot be opened, or is not a sound parameter file.
    """
    where = str(path)
    try:
        with Path(path).open("rb") as file:
            if not file.seek(0, 2):
                raise _foreign(b"", where)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise FormatError("The parameter file cannot be opened.", where=where, why=f"{error.strerror}.") from None
    return _Reader(memoryview(mapped), where, limits, copy=True).read(allow_non_finite)


def read_params(data: bytes | memoryview, *, where: str, limits: Limits = DEFAULT_LIMITS, allow_non_finite: bool = False) -> dict[str, Array]:
    """Read the bytes of a parameter file into read-only arrays.

    Arrays are views on `data` where they are aligned in it, and copies elsewhere. Names lose the
    prefixes ``arg:`` and ``aux:``. `where` names the file in errors.

    Raises:
        FormatError: the bytes are not a sound parameter file, or (unless `allow_non_finite`) an array
            holds NaN or infinity.
    """
    return _Reader(memoryview(data).cast("B"), where, limits, copy=False).read(allow_non_finite)


def write_params(params: Mapping[str, Array]) -> bytes:
    """Make a parameter file (V2); equal arrays give equal bytes.

    Names are sorted and prefixed ``arg:``.

    Raises:
        ModelError: an array or a name cannot be written.
    """
    return b"".join(_pieces(params))


def save_params(params: Mapping[str, Array], file: BinaryIO) -> None:
    """Write what `write_params` returns to `file`, one array at a time.

    Raises:
        ModelError: an array or a name cannot be written; nothing has been written then.
    """
    for piece in _pieces(params):
        file.write(piece)


def _pieces(params: Mapping[str, Array]) -> Iterator[bytes | memoryview]:
    names = sorted(params)
    for name in names:
        _check_writable(name, params[name])
    yield PARAMS_MAGIC + pack("<QQ", 0, len(names))
    for name in names:
        array = params[name]
        dtype = array.dtype.newbyteorder("<")
        yield pack(f"<Iii{array.ndim}qiii", MAGIC_V2, 0, array.ndim, *array.shape, 1, 0, _FLAGS[dtype])
        yield np.ascontiguousarray(array, dtype).data.cast("B")
    yield pack("<Q", len(names))
    for name in names:
        text = f"arg:{name}".encode()
        yield pack("<Q", len(text)) + text


def _check_writable(name: str, array: Array) -> None:
    check_text(name, "name of the array", DEFAULT_LIMITS.name, "")
    if array.dtype.newbyteorder("<") not in _FLAGS:
        raise ModelError(f"A parameter of type {array.dtype} cannot be written.", where=name, remedy="Use float16/32/64, int8/32/64 or uint8.")
    if not 1 <= array.ndim <= DEFAULT_LIMITS.rank or not array.size:
        raise ModelError(
            f"A parameter of shape {array.shape} cannot be written.", where=name, remedy=f"Use 1 to {DEFAULT_LIMITS.rank} dimensions, none of them 0."
        )


class _Reader:
    def __init__(self, data: memoryview, where: str, limits: Limits, *, copy: bool) -> None:
        self._data, self._where, self._limits, self._copy = data, where, limits, copy
        self._offset = 0
        self._part = "header"

    def read(self, allow_non_finite: bool) -> dict[str, Array]:
        if len(self._data) > self._limits.params_bytes:
            raise FormatError(f"The parameter file has {len(self._data):,} bytes.", where=self._where, why=f"At most {self._limits.params_bytes:,} are read.")
        count = self._header()
        arrays = [self._array(f"array {i + 1} of {count}") for i in range(count)]
        params = self._names(arrays)
        if not allow_non_finite:
            for name, array in params.items():
                _check_finite(array, f"{self._where}, array {name!r}")
        return params

    def _header(self) -> int:
        if bytes(self._data[:8]) != PARAMS_MAGIC:
            raise _foreign(self._data, self._where)
        self._skip(8)
        if (reserved := self._integer(_U64, "reserved field")) != 0:
            raise self._error(f"The reserved field is {reserved:#x} instead of 0.", remedy=_AGAIN)
        count = self._integer(_U64, "number of arrays")
        if count > self._limits.arrays:
            raise self._error(f"The file claims to hold {count:,} arrays.", why=f"At most {self._limits.arrays:,} are read.")
        return count

    def _array(self, part: str) -> Array:
        self._part = part
        shape = self._shape()
        device, number, flag = self._fields(_I32X3, "device and element type")
        if device not in _DEVICES or not 0 <= number < 1024:
            raise self._error(f"The array was saved on the unknown device type {device}, number {number}.", remedy=_AGAIN)
        if flag not in ELEMENT_TYPES:
            known = "The file may be damaged." if flag not in _UNREADABLE else "Parameters are float16/32/64, int8/32/64 or uint8."
            raise self._error(f"The array has elements of type {_UNREADABLE.get(flag, flag)}, which is not supported.", why=known)
        dtype, elements = np.dtype(ELEMENT_TYPES[flag]), math.prod(shape)
        start = self._skip(elements * dtype.itemsize, f"data of shape {shape}, type {dtype.name}")
        view = np.frombuffer(self._data, dtype, elements, start).reshape(shape)
        array = view.copy() if self._copy else np.require(view, requirements="A")
        array.setflags(write=False)
        return array

    def _shape(self) -> Shape:
        magic = self._integer(_U32, "magic number")
        if magic in (MAGIC_V2, MAGIC_V3) and (storage := self._integer(_I32, "storage type")) != 0:
            kind = {1: "row-sparse", 2: "CSR"}.get(storage, f"stored in the unknown way {storage}")
            raise self._error(f"The array is {kind}; only dense arrays are read.", remedy="Convert it with array.tostype('default') and save again.")
        old = magic not in (MAGIC_V1, MAGIC_V2, MAGIC_V3)
        if old and magic > self._limits.rank:
            raise self._error(f"The array begins with the unknown magic number {magic:#010x}.", remedy=_AGAIN)
        rank = magic if old else self._integer(_I32, "number of dimensions")
        if rank == 0:
            raise self._error("The array has no dimensions: it is empty or a bare number.", remedy="Save numbers with shape (1,).")
        if not 1 <= rank <= self._limits.rank:
            raise self._error(f"The array claims to have {rank} dimensions.", why=f"1 to {self._limits.rank} are read.", remedy=_AGAIN)
        shape = self._fields(Struct(f"<{rank}{'I' if old else 'q'}"), "dimensions")
        if any(d < 1 for d in shape) or math.prod(shape) > self._limits.elements:
            raise self._error(
                f"The array claims to have the shape {shape}.",
                why=f"Dimensions are positive and an array has at most {self._limits.elements:,} elements.",
                remedy=_AGAIN,
            )
        return shape

    def _names(self, arrays: list[Array]) -> dict[str, Array]:
        self._part = "names"
        count = self._integer(_U64, "number of names")
        if count != len(arrays):
            why = "The arrays were saved as a list." if count == 0 else ""
            raise self._error(f"The file holds {len(arrays)} arrays but {count:,} names.", why=why, remedy="Save a dictionary of name and array.")
        params, written = dict[str, Array](), dict[str, str]()
        for i, array in enumerate(arrays):
            self._part = f"name of array {i + 1} of {count}"
            full = self._name()
            name = check_text(full[4:] if full.startswith(("arg:", "aux:")) else full, "name", self._limits.name, self._here())
            if name in params:
                raise self._error(
                    f"Two arrays are called {shown(name)}: {shown(written[name])} and {shown(full)}.", remedy="Give every array a name of its own."
                )
            params[name], written[name] = array, full
        self._part = "end"
        if left := len(self._data) - self._offset:
            raise self._error(f"{left:,} bytes follow the end of the list.", why="Nothing may follow.", remedy=_AGAIN)
        return params

    def _name(self) -> str:
        length = self._integer(_U64, "length of the name")
        if length > 4 * self._limits.name + 4:
            raise self._error(f"The name claims to have {length:,} bytes.", why=f"At most {self._limits.name:,} characters are read.", remedy=_AGAIN)
        start = self._skip(length, "name")
        try:
            return str(self._data[start : start + length], "utf-8")
        except UnicodeDecodeError:
            raise self._error("The name is not UTF-8 text.", remedy=_AGAIN) from None

    def _integer(self, struct: Struct, what: str) -> int:
        return self._fields(struct, what)[0]

    def _fields(self, struct: Struct, what: str) -> tuple[int, ...]:
        return struct.unpack_from(self._data, self._skip(struct.size, what))

    def _skip(self, size: int, what: str = "header") -> int:
        """Step over `size` bytes; returns where they start."""
        start, found = self._offset, len(self._data)
        if start + size > found:
            raise self._error(
                f"The file ends too early: the {what} needs {size:,} bytes and {found - start:,} are left.",
                why=f"At least {start + size:,} bytes were expected and {found:,} found: a download or a copy was cut off.",
                remedy=_AGAIN,
            )
        self._offset += size
        return start

    def _here(self) -> str:
        return f"{self._where}, {self._part}, byte {self._offset:,}"

    def _error(self, what: str, *, why: str = "", remedy: str = "") -> FormatError:
        return FormatError(what, where=self._here(), why=why, remedy=remedy)


def _foreign(data: bytes | memoryview, where: str) -> FormatError:
    if guess := sniff(data):
        return FormatError(f"This is no MXNet parameter file: it is {guess.what}.", where=where, remedy=guess.remedy)
    begin = bytes(data[:8]).hex(" ")
    return FormatError(
        "This is no MXNet parameter file.", where=f"{where}, byte 0", why=f"It begins with {begin} instead of {PARAMS_MAGIC.hex(' ')}.", remedy=_AGAIN
    )


def _check_finite(array: Array, where: str) -> None:
    if array.dtype.kind != "f":
        return
    flat, nan, infinite = array.reshape(-1), 0, 0
    for start in range(0, flat.size, _CHUNK):
        part = flat[start : start + _CHUNK]
        if not np.isfinite(part).all():
            nan += np.count_nonzero(np.isnan(part))
            infinite += np.count_nonzero(np.isinf(part))
    if nan or infinite:
        raise FormatError(
            f"{nan + infinite:,} of {flat.size:,} values are not finite ({nan:,} NaN, {infinite:,} infinite).",
            where=where,
            why="Such a network computes nothing useful: training has diverged, or the file is damaged.",
            remedy="Save the model from an earlier epoch.",
        )
