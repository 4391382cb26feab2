"""The sample input of an artifact, `data.npy`: the bytes are fully known from type and shape, so nothing is interpreted."""

from __future__ import annotations

import io

import numpy as np

from mrt_studio.errors import FormatError
from mrt_studio.fixedpoint import narrowest_dtype
from mrt_studio.ir.graph import Array, Shape


def write_sample(x: Array, precision: int) -> bytes:
    """The integers as a .npy file: int8 up to eight bits, else int32, as the runtime takes its input."""
    array = np.ascontiguousarray(x, narrowest_dtype(precision).newbyteorder("<"))
    return _header(array.shape, precision) + array.tobytes()


def read_sample(data: bytes, shape: Shape, precision: int, *, where: str) -> Array:
    """Read back an input of this shape and precision, read-only.

    Raises:
        FormatError: the file is not exactly what `write_sample` writes for them.
    """
    header, dtype = _header(shape, precision), narrowest_dtype(precision).newbyteorder("<")
    if not data.startswith(header) or len(data) - len(header) != np.prod(shape, dtype=np.int64) * dtype.itemsize:
        raise FormatError(f"The file is no .npy of {dtype.name} with the shape {shape}.", where=where, remedy="Compile the model again.")
    return np.frombuffer(data, dtype, offset=len(header)).reshape(shape)


def _header(shape: Shape, precision: int) -> bytes:
    stream = io.BytesIO()
    descr = narrowest_dtype(precision).newbyteorder("<").str
    np.lib.format.write_array_header_1_0(stream, {"descr": descr, "fortran_order": False, "shape": shape})
    return stream.getvalue()
