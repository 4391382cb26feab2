"""JSON from strangers: depth and number of values are bounded before parsing."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

import numpy as np

from mrt_studio.errors import FormatError
from mrt_studio.ir.limits import Limits
from mrt_studio.ir.names import shown

_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))
_DIGITS = 18


def parse_json(data: bytes, *, where: str, limits: Limits) -> Any:
    """Parse strict UTF-8 JSON; the only numbers are integers of at most 18 digits.

    Raises:
        FormatError: it is no JSON, or it is too deep or too long, or a key comes twice in an object.
    """
    _check_structure(data, where, limits)
    try:
        return json.loads(data.decode("utf-8-sig"), parse_int=_integer, parse_float=_refuse, parse_constant=_refuse, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise FormatError("The text is not UTF-8.", where=f"{where}, byte {error.start:,}", remedy="Get or save the file again.") from None
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated")
        raise FormatError(
            "The text is no valid JSON.",
            where=f"{where}, line {error.lineno:,}, column {error.colno:,}",
            why=f"{error.msg}{': the file was cut off' if cut else ''}.",
            remedy="Get or save the file again.",
        ) from None
    except ValueError as error:
        raise FormatError(str(error), where=where) from None


def _check_structure(data: bytes, where: str, limits: Limits) -> None:
    bare = _without_texts(data)
    brackets = bare.translate(None, _NOT_BRACKETS)
    if (marks := len(brackets) + bare.count(b",")) > limits.marks:
        raise FormatError(f"The JSON has {marks:,} brackets and commas.", where=where, why=f"At most {limits.marks:,} are read.")
    codes = np.frombuffer(brackets, np.uint8)
    steps = np.where((codes == ord("[")) | (codes == ord("{")), 1, -1)
    if (depth := int(np.cumsum(steps).max(initial=0))) > limits.depth:
        raise FormatError(f"The JSON has {depth:,} brackets inside each other.", where=where, why=f"At most {limits.depth} are read.")


def _without_texts(data: bytes) -> bytes:
    """Drop what is between quotes; linear in time and memory whatever the data are."""
    codes = np.frombuffer(data.replace(b"\\\\", b"").replace(b'\\"', b""), np.uint8)
    inside = np.logical_xor.accumulate(codes == ord('"'))
    return codes[~inside].tobytes()


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"The JSON holds a number of {len(text):,} characters.")
    return int(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"The JSON holds the number {shown(text)}; only integers belong there.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"An object of the JSON has the key {shown(twice)} twice.")
    return found
