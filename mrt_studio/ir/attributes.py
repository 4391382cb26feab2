"""Operator attributes declared once: typed fields that parse, check and print themselves.

    @dataclass(frozen=True, kw_only=True)
    class Convolution(Attributes):
        kernel: tuple[int, ...] = ints(low=1, lengths=(1, 2))
        no_bias: bool = flag(default=False)

A field without a default is required. Values are checked when the operator is made, whether from a
file's text (`parse`) or from code, so an operator that exists is a valid one.
"""

from __future__ import annotations

import ast
import dataclasses
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

from mrt_studio.errors import FormatError, UnsupportedError

_KEY = "attribute"
_REQUIRED: Any = dataclasses.MISSING


class Kind(ABC):
    """How one kind of attribute is read from text, checked and written."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """The value in `text`; raises ValueError."""

    @abstractmethod
    def check(self, value: Any) -> None:
        """Raise ValueError with the reason when the value is out of range."""

    def format(self, value: Any) -> str:
        """The text MXNet writes for the value."""
        return str(value)

    def describe(self) -> str:
        """Which values are taken, in a few words; empty if the attribute's name says it."""
        return ""


@dataclass(frozen=True)
class _Integer(Kind):
    low: int
    high: int
    optional: bool

    def parse(self, text: str) -> int | None:
        if self.optional and text == "None":
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise ValueError("it is no integer")
        return int(text)

    def check(self, value: Any) -> None:
        if self.optional and value is None:
            return
        if type(value) is not int or not self.low <= value <= self.high:
            raise ValueError(f"it must be an integer from {self.low} to {self.high}")


@dataclass(frozen=True)
class _Real(Kind):
    low: float
    high: float
    optional: bool = False

    def parse(self, text: str) -> float | None:
        if self.optional and text == "None":
            return None
        if "_" in text or not text.isascii():  # float() also takes 1_000 and the digits of other scripts, which MXNet does not
            raise ValueError("it is no number")
        return float(text)

    def check(self, value: Any) -> None:
        if self.optional and value is None:
            return
        if not isinstance(value, int | float) or not math.isfinite(value) or not self.low <= value <= self.high:
            raise ValueError(f"it must be a number from {self.low:g} to {self.high:g}")


class _Flag(Kind):
    def parse(self, text: str) -> bool:
        truth = {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
        if truth is None:
            raise ValueError("it must be True or False")
        return truth

    def check(self, value: Any) -> None:
        if type(value) is not bool:
            raise ValueError("it must be True or False")


@dataclass(frozen=True)
class _Choice(Kind):
    options: tuple[str, ...]

    def parse(self, text: str) -> str:
        return text

    def describe(self) -> str:
        return " or ".join(self.options)

    def check(self, value: Any) -> None:
        if value not in self.options:
            raise ValueError(f"supported values are {', '.join(self.options)}")


@dataclass(frozen=True)
class _Ints(Kind):
    low: int
    high: int
    lengths: tuple[int, ...] | None
    optional: bool
    gaps: bool

    def parse(self, text: str) -> tuple[int | None, ...] | None:
        if self.optional and text == "None":
            return None
        known = text.replace("None", "") if self.gaps else text
        if len(text) > 400 or not re.fullmatch(r"[\s\d,()\[\]L-]*", known):
            raise ValueError("it is no tuple of integers")
        try:
            value = ast.literal_eval(text.replace("L", ""))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError("it is no tuple of integers") from None
        return (value,) if isinstance(value, int) else tuple(value) if isinstance(value, tuple | list) else value

    def check(self, value: Any) -> None:
        if self.optional and value is None:
            return
        if not isinstance(value, tuple) or not all(self._fits(v) for v in value):
            raise ValueError(f"it must be a tuple of integers from {self.low} to {self.high}")
        if self.lengths is not None and len(value) not in self.lengths:
            raise ValueError(f"it must have {' or '.join(map(str, self.lengths))} numbers")

    def format(self, value: Any) -> str:
        return "None" if value is None else _tuple(value)

    def _fits(self, v: Any) -> bool:
        return self.gaps if v is None else type(v) is int and self.low <= v <= self.high


@dataclass(frozen=True)
class _Reals(Kind):
    low: float
    high: float
    lengths: tuple[int, ...] | None

    def parse(self, text: str) -> tuple[float, ...]:
        if len(text) > 4000 or not re.fullmatch(r"[\s\d,()\[\].eE+-]*", text):
            raise ValueError("it is no tuple of numbers")
        try:
            value = ast.literal_eval(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError("it is no tuple of numbers") from None
        return tuple(value) if isinstance(value, tuple | list) else (value,)

    def check(self, value: Any) -> None:
        if not isinstance(value, tuple) or not all(type(v) in (int, float) and self.low <= v <= self.high for v in value):
            raise ValueError(f"it must be a tuple of numbers from {self.low:g} to {self.high:g}")
        if self.lengths is not None and len(value) not in self.lengths:
            raise ValueError(f"it must have {' or '.join(map(str, self.lengths))} numbers")

    def format(self, value: Any) -> str:
        return _tuple(value)


def _tuple(values: tuple[Any, ...]) -> str:
    return f"({', '.join(map(str, values))}{',' if len(values) == 1 else ''})"


def _field(kind: Kind, default: Any) -> Any:
    return dataclasses.field(default=default, metadata={_KEY: kind})


def integer(default: int | None = _REQUIRED, *, low: int, high: int, optional: bool = False) -> Any:
    """Declare an integer attribute; with `optional`, None is a value too."""
    return _field(_Integer(low, high, optional), default)


def real(default: float | None = _REQUIRED, *, low: float = -1e12, high: float = 1e12, optional: bool = False) -> Any:
    """Declare a finite real attribute; with `optional`, None is a value too."""
    return _field(_Real(low, high, optional), default)


def flag(default: bool = _REQUIRED) -> Any:
    """Declare a true or false attribute."""
    return _field(_Flag(), default)


def choice(*options: str, default: str = _REQUIRED) -> Any:
    """Declare an attribute with a fixed set of supported words."""
    return _field(_Choice(options), default)


def ints(
    default: tuple[int | None, ...] | None = _REQUIRED,
    *,
    low: int,
    high: int = 1 << 24,
    lengths: tuple[int, ...] | None = None,
    optional: bool = False,
    gaps: bool = False,
) -> Any:
    """Declare a tuple of integers, of one of the given `lengths`.

    With `optional` it may be None, with `gaps` any of its numbers.
    """
    return _field(_Ints(low, high, lengths, optional, gaps), default)


def reals(default: tuple[float, ...] = _REQUIRED, *, low: float = -1e12, high: float = 1e12, lengths: tuple[int, ...] | None = None) -> Any:
    """Declare a tuple of finite real numbers, of one of the given `lengths`."""
    return _field(_Reals(low, high, lengths), default)


@dataclass(frozen=True)
class Attributes:
    """Base of operators: a frozen value whose dataclass fields are its attributes."""

    name: ClassVar[str]
    ignored: ClassVar[frozenset[str]] = frozenset()
    """Attribute names that files may carry but that do not change the result."""

    def __post_init__(self) -> None:
        for key, kind in _kinds(type(self)).items():
            try:
                kind.check(getattr(self, key))
            except ValueError as error:
                raise _bad(type(self).name, key, getattr(self, key), error) from None

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Self:
        """Make the operator from a file's attribute texts.

        Raises:
            UnsupportedError: an attribute is unknown or its value is not supported.
            FormatError: a required attribute is missing.
        """
        kinds, values = _kinds(cls), dict[str, Any]()
        for key, text in texts.items():
            if key in cls.ignored:
                continue
            if key not in kinds:
                raise UnsupportedError(f"The operator {cls.name} has the unknown attribute {key!r}.", remedy=f"Known attributes: {', '.join(kinds) or 'none'}.")
            try:
                values[key] = kinds[key].parse(text)
            except ValueError as error:
                raise _bad(cls.name, key, text, error) from None
        required = {f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING}
        if missing := sorted(required - values.keys()):
            raise FormatError(f"The operator {cls.name} lacks the attribute {missing[0]!r}.")
        return cls(**values)

    @classmethod
    def forms(cls) -> str:
        """The attributes with the values that are taken, in words."""
        told = {key: kind.describe() for key, kind in _kinds(cls).items()}
        return ", ".join(f"{key} {words}".strip() for key, words in told.items())

    def attributes(self) -> dict[str, str]:
        """The attributes as MXNet's text, in the order of declaration."""
        return {key: kind.format(getattr(self, key)) for key, kind in _kinds(type(self)).items()}


@cache
def _kinds(cls: type[Attributes]) -> dict[str, Kind]:
    return {f.name: f.metadata[_KEY] for f in dataclasses.fields(cls)}


def _bad(name: str, key: str, value: object, error: ValueError) -> UnsupportedError:
    shown, why = repr(value), str(error)[:200]  # Python's own reasons may quote all of the text
    return UnsupportedError(
        f"The operator {name} has {key}={shown[:60]}{'…' if len(shown) > 60 else ''}, which is not supported.", why=f"{why[:1].upper()}{why[1:]}."
    )
