"""How real numbers become the integers of an artifact and back: the file `ext`, one line of JSON.

``{"inputs_ext": {"data": {"scale": s, "target_bit": p}}, "oscales": [...], "input_shapes": {"data": [...]}}``, as MRT
writes it. Integer = real * scale, rounded; real = output / its oscale.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from mrt_studio.cvm.rules import INPUT
from mrt_studio.errors import FormatError
from mrt_studio.ir.graph import Shape

_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Ext:
    """What an application needs beside the compiled files.

    Attributes:
        scale: of the input.
        precision: bits of the input.
        output_scales: one an output.
        shape: of the input.
    """

    scale: float
    precision: int
    output_scales: tuple[float, ...]
    shape: Shape

    def to_bytes(self) -> bytes:
        """The line, always the same for equal values."""
        inputs = {INPUT: {"scale": float(self.scale), "target_bit": self.precision}}
        scales = [float(s) for s in self.output_scales]
        return json.dumps({"inputs_ext": inputs, "oscales": scales, "input_shapes": {INPUT: self.shape}}).encode() + b"\n"


def read_ext(data: bytes, *, where: str) -> Ext:
    """Read the file.

    Raises:
        FormatError: it is no such line, or a scale is not a positive number.
    """
    if len(data) > _MOST_BYTES:
        raise FormatError(f"The file has {len(data):,} bytes.", where=where, why=f"At most {_MOST_BYTES:,} are read.")
    try:
        value = json.loads(data.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FormatError("The file is no JSON.", where=where, why=f"{error}.", remedy="Compile the model again.") from None
    match value:
        case {"inputs_ext": {"data": {"scale": scale, "target_bit": int(precision)}}, "oscales": list(scales), "input_shapes": {"data": list(shape)}}:
            ext = Ext(scale, precision, tuple(scales), tuple(shape))
        case _:
            raise FormatError("The file does not hold the scales of one input called 'data' and its outputs.", where=where, remedy="Compile the model again.")
    if not all(_positive(s) for s in (scale, *scales)) or any(type(d) is not int for d in (precision, *shape)) or ext.to_bytes() != data:
        raise FormatError(
            "The file is not as the compiler writes it: positive scales, whole numbers, one line.", where=where, remedy="Compile the model again."
        )
    return ext


def _positive(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value) and value > 0


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
