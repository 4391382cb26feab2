"""Pickles put together instruction by instruction, to make what no honest writer would."""

from collections.abc import Mapping

import numpy as np

TRUE, FALSE, NONE = b"\x88", b"\x89", b"N"


def text(value: str) -> bytes:
    return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()


def whole(value: int) -> bytes:
    size = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)


def raw(value: bytes) -> bytes:
    return b"B" + len(value).to_bytes(4, "little") + value


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def group(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def numbers(*values: int) -> bytes:
    return group(*map(whole, values))


def listing(*parts: bytes) -> bytes:
    return b"](" + b"".join(parts) + b"e"


def mapping(entries: Mapping[str, bytes]) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in entries.items()) + b"u"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + group(*arguments) + b"R"


def program(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


def nested(depth: int) -> bytes:
    """An empty tuple in a tuple in a tuple …"""
    return b")" + b"\x85" * depth


ORDERED_DICT = call(name("collections", "OrderedDict"))
HEADER = program(whole(0x1950A86A20F9469CFC6C)) + program(whole(1001)) + program(mapping({"protocol_version": whole(1001), "little_endian": TRUE}))


def storage(count: int, *, kind: str = "Float", key: str = "0") -> bytes:
    return group(text("storage"), name("torch", f"{kind}Storage"), text(key), text("cpu"), whole(count), NONE) + b"Q"


def tensor(block: bytes, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> bytes:
    function = name("torch._utils", "_rebuild_tensor_v2")
    return call(function, block, whole(offset), numbers(*sizes), numbers(*strides), FALSE, ORDERED_DICT)


def blocks(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The end of a checkpoint: the list of keys and the raw elements."""
    keys = program(listing(*map(text, arrays)))
    return keys + b"".join(array.size.to_bytes(8, "little") + array.tobytes() for array in arrays.values())


def checkpoint(state: bytes, arrays: Mapping[str, np.ndarray]) -> bytes:
    return HEADER + program(state) + blocks(arrays)
