"""The parameter file of a compiled artifact, written and read byte by byte.

Layout, little endian: u64 magic, u64 0, u64 count, the names (u64 length, text), u64 count, the arrays. An array is
u64 magic, u64 0, i32 device type 1, i32 device number 0, i32 rank, u8 type code 0 (integer), u8 bits (8 or 32),
u16 lanes 1, i64 dimensions, i64 bytes, data.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from struct import Struct, pack

import numpy as np

from mrt_studio.cvm.rules import MAX_RANK, MAX_SIDE, MAX_SIZE
from mrt_studio.errors import FormatError
from mrt_studio.ir.graph import Array, Shape
from mrt_studio.ir.limits import Limits
from mrt_studio.ir.names import check_text, shown
from mrt_studio.ir.sniff import sniff

LIST_MAGIC, ARRAY_MAGIC = 0xF7E58D4F05049CB7, 0xDD5E40F096B4A13F
_U64, _I64, _HEADER = Struct("<Q"), Struct("<q"), Struct("<QQiiiBBH")
_CPU, _INTEGER = (1, 0), 0
_TYPES = {8: "|i1", 32: "<i4"}
_AGAIN = "Compile the model again, or get the file again."


def write_params(arrays: Iterable[tuple[str, Array]]) -> bytes:
    """Make a parameter file of int8 and int32 arrays, in their order."""
    pairs = [(name.encode(), array) for name, array in arrays]
    pieces: list[bytes] = [pack("<QQQ", LIST_MAGIC, 0, len(pairs))]
    pieces += [_U64.pack(len(name)) + name for name, _ in pairs]
    pieces.append(_U64.pack(len(pairs)))
    for _, array in pairs:
        header = _HEADER.pack(ARRAY_MAGIC, 0, *_CPU, array.ndim, _INTEGER, 8 * array.itemsize, 1)
        pieces += [header, pack(f"<{array.ndim}qq", *array.shape, array.nbytes), array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()]
    return b"".join(pieces)


def read_params(data: bytes, *, where: str, limits: Limits) -> dict[str, Array]:
    """Read the bytes of a parameter file into read-only arrays of int8 and int32.

    Raises:
        FormatError: the bytes are not a sound parameter file.
    """
    return _Reader(data, where, limits).read()


class _Reader:
    def __init__(self, data: bytes, where: str, limits: Limits) -> None:
        self._data, self._where, self._limits = memoryview(data), where, limits
        self._offset = 0
        self._part = "header"

    def read(self) -> dict[str, Array]:
        if len(self._data) > self._limits.params_bytes:
            raise FormatError(f"The parameter file has {len(self._data):,} bytes.", where=self._where, why=f"At most {self._limits.params_bytes:,} are read.")
        if len(self._data) < 8 or self._number("magic number") != LIST_MAGIC:
            raise self._foreign()
        self._expect(0, "reserved field")
        names = self._names()
        self._expect(len(names), "number of arrays")
        arrays = {name: self._array(name) for name in names}
        self._part = "end"
        if left := len(self._data) - self._offset:
            raise self._error(f"{left:,} bytes follow the last array.", why="Nothing may follow.")
        return arrays

    def _foreign(self) -> FormatError:
        guess = sniff(self._data)
        what = f"it is {guess.what}" if guess else "it does not begin like one"
        return FormatError(f"This is no parameter file of a compiled artifact: {what}.", where=self._where, remedy="Give the file called 'params'.")

    def _names(self) -> list[str]:
        count = self._number("number of names")
        if count > self._limits.arrays:
            raise self._error(f"The file claims to hold {count:,} arrays.", why=f"At most {self._limits.arrays:,} are read.")
        names = dict[str, int]()
        for i in range(count):
            self._part = f"name {i + 1} of {count}"
            name = self._name()
            if name in names:
                raise self._error(f"Two arrays are called {shown(name)}.")
            names[name] = i
        return list(names)

    def _name(self) -> str:
        length = self._number("length of the name")
        if length > 4 * self._limits.name:
            raise self._error(f"The name claims to have {length:,} bytes.", why=f"At most {self._limits.name:,} characters are read.")
        start = self._skip(length, "name")
        try:
            text = str(self._data[start : start + length], "utf-8")
        except UnicodeDecodeError:
            raise self._error("The name is not UTF-8 text.") from None
        return check_text(text, "name of the array", self._limits.name, self._here())

    def _array(self, name: str) -> Array:
        self._part = f"array {shown(name)}"
        magic, reserved, device, number, rank, code, bits, lanes = _HEADER.unpack_from(self._data, self._skip(_HEADER.size, "header of the array"))
        if (magic, reserved) != (ARRAY_MAGIC, 0):
            raise self._error(f"The array begins with {magic:#x} and {reserved:#x} instead of {ARRAY_MAGIC:#x} and 0.")
        if (device, number) != _CPU:
            raise self._error(f"The array is on device type {device}, number {number}.", why="The runtime loads arrays from the CPU only: type 1, number 0.")
        if code != _INTEGER or bits not in _TYPES or lanes != 1:
            raise self._error(f"The elements have type code {code}, {bits} bits and {lanes} lanes.", why="The runtime loads int8 and int32: code 0, one lane.")
        shape, dtype = self._shape(rank), np.dtype(_TYPES[bits])
        size, stated = math.prod(shape) * dtype.itemsize, _I64.unpack_from(self._data, self._skip(8, "number of bytes"))[0]
        if stated != size:
            raise self._error(f"The array claims {stated:,} bytes, but the shape {shape} of {dtype.name} needs {size:,}.")
        start = self._skip(size, "data")
        array = np.require(np.frombuffer(self._data, dtype, math.prod(shape), start).reshape(shape), requirements="A")
        array.setflags(write=False)
        return array

    def _shape(self, rank: int) -> Shape:
        if not 1 <= rank <= MAX_RANK:
            raise self._error(f"The array claims to have {rank} dimensions.", why=f"The runtime takes 1 to {MAX_RANK}.")
        shape = Struct(f"<{rank}q").unpack_from(self._data, self._skip(8 * rank, "dimensions"))
        if not all(1 <= d <= MAX_SIDE for d in shape) or math.prod(shape) > MAX_SIZE:
            raise self._error(
                f"The array claims to have the shape {shape}.", why=f"Dimensions are 1 to {MAX_SIDE:,}, and an array has at most {MAX_SIZE:,} elements."
            )
        return shape

    def _number(self, what: str) -> int:
        return _U64.unpack_from(self._data, self._skip(8, what))[0]

    def _expect(self, value: int, what: str) -> None:
        if (found := self._number(what)) != value:
            raise self._error(f"The {what} is {found:,} instead of {value:,}.")

    def _skip(self, size: int, what: str) -> int:
        """Step over `size` bytes; returns where they start."""
        start, found = self._offset, len(self._data)
        if start + size > found:
            raise self._error(f"The file ends too early: the {what} needs {size:,} bytes and {found - start:,} are left.")
        self._offset += size
        return start

    def _here(self) -> str:
        return f"{self._where}, {self._part}, byte {self._offset:,}"

    def _error(self, what: str, *, why: str = "") -> FormatError:
        return FormatError(what, where=self._here(), why=why, remedy=_AGAIN)
