"""PyTorch's legacy .pth files, read without PyTorch and without running what they contain.

The file is a sequence: a magic number, the protocol version, facts on the machine that wrote it, and
the state dict, each a pickle of its own; then a pickled list of storage keys; then for each key the
number of elements as int64 and the raw little-endian elements. Tensors in the state dict are views of
storages: an offset, sizes and strides, all counted in elements. [torch/serialization.py, _legacy_save]
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
from mrt_studio.importers.pickle_stream import MAX_BYTES, PickleReader, read_file

Array = NDArray[Any]

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_MAX_DIMENSIONS = 8


@dataclass(frozen=True)
class _StorageType:
    """A storage class by its element type; a marker, never called."""

    dtype: np.dtype[Any]


@dataclass(frozen=True)
class _Storage:
    """A block of elements whose bytes follow later in the file."""

    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage; offset and strides are in elements."""

    storage: _Storage
    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many elements the tensor has."""
        return math.prod(self.sizes)


def read_legacy_checkpoint(path: Path) -> dict[str, Array]:
    """Read a state dict saved by PyTorch before its zip format; arrays are read-only.

    Raises:
        FormatError: the file is damaged, holds more than plain tensors, or a tensor leaves its storage.
    """
    stream = read_file(path)
    try:
        _check_header(stream)
        tensors, storages = _read_tensors(stream)
        return _views(tensors, _read_storages(stream, storages))
    except FormatError as error:
        error.where = error.where or str(path)
        raise


def _check_header(stream: io.BytesIO) -> None:
    plain = PickleReader({})
    if stream.getvalue()[:2] == b"PK":
        raise FormatError("This is a PyTorch file of the zip format.", remedy="Save it with torch.save(..., _use_new_zipfile_serialization=False).")
    for expected, what in ((_MAGIC, "magic number"), (_PROTOCOL, "protocol version")):
        found = plain.read(stream)
        if type(found) is not int or found != expected:
            raise FormatError("This is no PyTorch checkpoint of the legacy format.", why=f"The {what} is not {expected:#x}.")
    system = plain.read(stream)
    if type(system) is not dict or system.get("little_endian") is not True:
        raise FormatError("The checkpoint was not written on a little-endian machine.")


def _read_tensors(stream: io.BytesIO) -> tuple[dict[str, _Tensor], dict[str, _Storage]]:
    storages: dict[str, _Storage] = {}

    def storage(identity: tuple[Any, ...]) -> _Storage:
        found = _storage(identity)
        if storages.setdefault(found.key, found) != found:
            raise FormatError("The checkpoint gives one storage two types or sizes.", where=found.key)
        return found

    value = PickleReader(_KNOWN, persistent=storage, build=_ignore_metadata).read(stream)
    if type(value) is not dict:
        raise FormatError("The checkpoint does not hold a state dict.", remedy="Save model.state_dict().")
    for name, entry in value.items():
        if not isinstance(entry, _Tensor):
            raise FormatError(f"The entry {name[:80]!r} of the state dict is no tensor.", remedy="Save model.state_dict() alone.")
    total = sum(t.count * t.storage.dtype.itemsize for t in value.values())
    if total > MAX_BYTES:
        raise FormatError("The tensors are too large.", why=f"Together they have {total} bytes; at most {MAX_BYTES} are read.")
    return value, storages


def _read_storages(stream: io.BytesIO, storages: dict[str, _Storage]) -> dict[str, Array]:
    keys = PickleReader({}).read(stream)
    if type(keys) is not list or any(type(k) is not str for k in keys) or sorted(keys) != sorted(storages):
        raise FormatError("The checkpoint's list of storages does not agree with its tensors.")
    arrays: dict[str, Array] = {}
    for key in keys:
        wanted = storages[key]
        count = int.from_bytes(_take(stream, 8), "little", signed=True)
        if count != wanted.count:
            raise FormatError("A storage has another size than its tensors say.", where=key, why=f"It is {count}, and {wanted.count} was said.")
        arrays[key] = np.frombuffer(_take(stream, count * wanted.dtype.itemsize), wanted.dtype)
    if stream.read(1):
        raise FormatError("The checkpoint goes on behind its last storage.")
    return arrays


def _take(stream: io.BytesIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise FormatError("The checkpoint ends too early.", why=f"{size} bytes were expected and {len(data)} are there.")
    return data


def _views(tensors: dict[str, _Tensor], storages: dict[str, Array]) -> dict[str, Array]:
    """The tensors as read-only views; each was checked to stay within its storage."""
    views: dict[str, Array] = {}
    for name, tensor in tensors.items():
        base = storages[tensor.storage.key][tensor.offset :]
        strides = tuple(s * base.itemsize for s in tensor.strides)
        views[name] = np.lib.stride_tricks.as_strided(base, tensor.sizes, strides, writeable=False)
    return views


def _storage(identity: tuple[Any, ...]) -> _Storage:
    match identity:
        case ("storage", _StorageType() as kind, str() as key, str(), int() as count, None) if type(count) is int and 0 < count <= MAX_BYTES:
            return _Storage(key, kind.dtype, count)
        case _:
            raise FormatError(
                "A storage of the checkpoint is described in an unknown way.", why="Type, key, place and a positive size are expected, and no view."
            )


def _rebuild_tensor(arguments: tuple[Any, ...]) -> _Tensor:
    match arguments:
        case (_Storage() as storage, int() as offset, tuple() as sizes, tuple() as strides, bool(), dict()):
            tensor = _Tensor(storage, offset, sizes, strides)
        case _:
            raise FormatError("A tensor of the checkpoint is described in an unknown way.", why="Storage, offset, sizes, strides, flag and hooks are expected.")
    if len(sizes) != len(strides) or len(sizes) > _MAX_DIMENSIONS:
        raise _outside(tensor, f"it has {len(sizes)} sizes and {len(strides)} strides; both must be equal and at most {_MAX_DIMENSIONS}")
    if any(type(n) is not int or not 0 <= n <= MAX_BYTES for n in (offset, *strides, *sizes)) or 0 in sizes:
        raise _outside(tensor, "offset, sizes and strides must be non-negative integers, and sizes positive")
    last = offset + sum((n - 1) * step for n, step in zip(sizes, strides, strict=True))
    if last >= storage.count or tensor.count > storage.count:
        raise _outside(tensor, f"it reaches element {last} and has {tensor.count}, and the storage has {storage.count}")
    return tensor


def _rebuild_parameter(arguments: tuple[Any, ...]) -> _Tensor:
    match arguments:
        case (_Tensor() as tensor, bool(), dict()):
            return tensor
        case _:
            raise FormatError("A parameter of the checkpoint is described in an unknown way.", why="Tensor, flag and hooks are expected.")


def _ordered_dict(arguments: tuple[Any, ...]) -> dict[str, Any]:
    if arguments:
        raise FormatError("A dictionary of the checkpoint is made in an unknown way.")
    return {}


def _ignore_metadata(target: Any, state: Any) -> None:
    """Drop the version numbers that modules leave on a state dict."""
    if type(target) is not dict or type(state) is not dict or list(state) != ["_metadata"]:
        raise FormatError("The checkpoint gives an object a state that is not known.", why="Only a state dict's metadata is.")


def _outside(tensor: _Tensor, why: str) -> FormatError:
    return FormatError("A tensor does not fit its storage.", where=f"storage {tensor.storage.key[:80]!r}", why=f"{why[:300].capitalize()}.")


_DTYPES = {"Float": "<f4", "Double": "<f8", "Half": "<f2", "Long": "<i8", "Int": "<i4", "Short": "<i2", "Char": "<i1", "Byte": "<u1"}
_KNOWN: dict[str, Any] = {
    "collections OrderedDict": _ordered_dict,
    "torch._utils _rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils _rebuild_parameter": _rebuild_parameter,
    **{f"torch {name}Storage": _StorageType(np.dtype(dtype)) for name, dtype in _DTYPES.items()},
}
