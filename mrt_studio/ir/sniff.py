"""What a file really is when it is not what it should be: for messages that help."""

from __future__ import annotations

from typing import NamedTuple

_HEAD = 4096
_CONVERT = "Convert the model to MXNet first: a symbol file (.json) and a parameter file (.params)."
_NO_PICKLE = f"Pickled files can run code when they are opened, so they are never read. {_CONVERT}"
_UNPACK = "Unpack it and give the files inside."
_NUMPY = "Save the arrays with mxnet.nd.save(file, {name: array})."


class Guess(NamedTuple):
    """What the file is, and what to do about it."""

    what: str
    remedy: str


PARAMS_MAGIC = b"\x12\x01\0\0\0\0\0\0"
"""The first eight bytes of MXNet's list of arrays."""

_PREFIXES = (
    (b"version https://git-lfs.github.com/spec", Guess("a Git LFS pointer, not the file itself", "Fetch the file with 'git lfs pull'.")),
    (PARAMS_MAGIC, Guess("an MXNet parameter file", "Give this file as the parameters and the .json file as the symbol.")),
    (b"\xb7\x9c\x04\x05O\x8d\xe5\xf7", Guess("a parameter file of TVM or the CVM", _CONVERT)),
    (b"\x93NUMPY", Guess("a NumPy array", _NUMPY)),
    (b"\x89HDF\r\n", Guess("an HDF5 file, as Keras writes them", _CONVERT)),
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", Guess("a PyTorch file", _NO_PICKLE)),
    *((bytes((0x80, protocol)), Guess("a pickled Python object", _NO_PICKLE)) for protocol in range(2, 6)),
    (b"\x1f\x8b", Guess("a gzip archive", _UNPACK)),
    (b"BZh", Guess("a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ", Guess("an xz archive", _UNPACK)),
    (b"7z\xbc\xaf", Guess("a 7-Zip archive", _UNPACK)),
)


def sniff(data: bytes | memoryview) -> Guess | None:
    """Guess what a file is from its beginning; None when nothing is recognised."""
    head = bytes(data[:_HEAD])
    if not head:
        return Guess("empty", "Get the file again.")
    for prefix, guess in _PREFIXES:
        if head.startswith(prefix):
            return guess
    if head.startswith(b"PK\x03\x04"):
        return _zip(head)
    return _binary(head) or _text(head)


def _zip(head: bytes) -> Guess:
    if b".npy" in head:
        return Guess("a NumPy archive (npz)", _NUMPY)
    if b"/data.pkl" in head:
        return Guess("a PyTorch file", _NO_PICKLE)
    return Guess("a zip archive", _UNPACK)


def _binary(head: bytes) -> Guess | None:
    if head[4:8] == b"TFL3":
        return Guess("a TensorFlow Lite model", _CONVERT)
    if head[257:262] == b"ustar":
        return Guess("a tar archive", _UNPACK)
    if head[5:10] == b'\0\0\0{"':
        return Guess("a safetensors file", _CONVERT)
    # ONNX's first protobuf field is its version; the next is a name, the graph or the operator sets.
    if head[0] == 0x08 and 1 <= (head[1] if len(head) > 1 else 0) <= 32 and head[2:3] in (b"\x12", b"\x1a", b"\x22", b"\x3a", b"\x42"):
        return Guess("an ONNX model", _CONVERT)
    return None


def _text(head: bytes) -> Guess | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return Guess("a web page (HTML or XML)", "Download the file itself; the page around it was saved instead.")
    if text.startswith((b"{", b"[")):
        return Guess("a JSON text", "Give the .params file as the parameters and the .json file as the symbol.")
    return None
