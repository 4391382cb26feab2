"""Pickled data read as data: a small stack machine that never imports or calls what a file names.

A pickle is a program for a stack machine. This one knows the two dozen instructions that state dicts
and arrays are written with, and the names its caller hands in. Everything else is refused. Time
and memory are linear in the size of the stream, and the number of instructions is bounded.

Values come from a stranger: hash or compare them only after a look at their type, since a tuple
nested a million deep overflows the interpreter's stack in both.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mrt_studio.errors import FormatError

MAX_BYTES = 1 << 30
MAX_INSTRUCTIONS = 1 << 20

_MAX_NAME = 200

_INSTRUCTIONS = {opcode.code.encode("latin-1"): opcode.name for opcode in pickletools.opcodes}
_LITERALS = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "BINBYTES", "SHORT_BINBYTES"})
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list[Any],
    "EMPTY_DICT": dict[Any, Any],
}
_SHORT_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}

Call = Callable[[tuple[Any, ...]], Any]
"""What a known name does with its arguments; it checks them itself."""


def read_file(path: Path) -> io.BytesIO:
    """The file's bytes as a stream.

    Raises:
        FormatError: the path is no regular file, or it is larger than 1 GiB.
    """
    if not path.is_file():
        raise FormatError("The checkpoint is not there.", where=str(path), why="The path does not lead to a regular file.")
    if (size := path.stat().st_size) > MAX_BYTES:
        raise FormatError("The checkpoint is too large.", where=str(path), why=f"It has {size} bytes; at most {MAX_BYTES} are read.")
    return io.BytesIO(path.read_bytes())


class PickleReader:
    """Reads the next pickle of a stream, given the names that it may use.

    `known` maps ``module name`` to what stands for it: a function of the argument tuple, or any marker.
    `persistent` turns a persistent id into a value; `build` applies a state to an object.
    """

    def __init__(self, known: Mapping[str, Any], *, persistent: Call | None = None, build: Callable[[Any, Any], None] | None = None) -> None:
        self._known = known
        self._persistent = persistent
        self._build = build
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def read(self, stream: io.BytesIO) -> Any:
        """The value of the pickle that starts here; the stream is left just behind it.

        Raises:
            FormatError: the stream is damaged, or it uses an instruction or a name that is not known.
        """
        self._stack, self._marked, self._memo = [], [], {}
        for code, argument in _instructions(stream):
            try:
                self._step(code, argument)
            except IndexError:
                raise _damaged(f"{code} finds the stack empty") from None
        if len(self._stack) != 1 or self._marked:
            raise _damaged("it ends with other than one value")
        return self._stack[0]

    def _step(self, code: str, argument: Any) -> None:
        stack = self._stack
        if code in _LITERALS:
            stack.append(argument)
        elif code in _CONSTANTS:
            stack.append(_CONSTANTS[code]())
        elif code in _SHORT_TUPLES:
            stack.append(tuple([stack.pop() for _ in range(_SHORT_TUPLES[code])][::-1]))
        elif code in ("BINPUT", "LONG_BINPUT"):
            self._memo[argument] = stack[-1]
        elif code in ("BINGET", "LONG_BINGET"):
            if argument not in self._memo:
                raise _damaged(f"{code} asks for number {argument}, which was not stored")
            stack.append(self._memo[argument])
        elif code == "MARK":
            self._marked.append(stack)
            self._stack = []
        else:
            self._combine(code, argument)

    def _combine(self, code: str, argument: Any) -> None:
        if code == "TUPLE":
            items = self._since_mark()
            self._stack.append(tuple(items))
        elif code == "APPENDS":
            items = self._since_mark()
            self._top(list, code).extend(items)
        elif code == "APPEND":
            item = self._stack.pop()
            self._top(list, code).append(item)
        elif code == "SETITEMS":
            items = self._since_mark()
            self._set_items(items, code)
        elif code == "SETITEM":
            value, key = self._stack.pop(), self._stack.pop()
            self._set_items([key, value], code)
        elif code == "GLOBAL":
            self._stack.append(self._look_up(argument))
        elif code == "REDUCE":
            arguments, call = self._stack.pop(), self._stack.pop()
            self._stack.append(_apply(call, arguments))
        elif code == "BINPERSID" and self._persistent:
            self._stack.append(_apply(self._persistent, self._stack.pop()))
        elif code == "BUILD" and self._build:
            state = self._stack.pop()
            self._build(self._stack[-1], state)
        else:
            raise FormatError(f"The pickle uses the instruction {code}.", why="Checkpoints of plain tensors do not need it.", remedy=_REMEDY)

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    def _top(self, kind: type[Any], code: str) -> Any:
        target = self._stack[-1]
        if type(target) is not kind:
            raise _damaged(f"{code} finds no {kind.__name__} on the stack")
        return target

    def _set_items(self, items: list[Any], code: str) -> None:
        target = self._top(dict, code)
        if len(items) % 2:
            raise _damaged(f"{code} finds a key without a value")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) is not str:
                raise _damaged("a dictionary's key is no text")
            if key in target:
                raise _damaged(f"the key {key[:80]!r} is set twice")
            target[key] = value

    def _look_up(self, name: str) -> Any:
        if name not in self._known:
            shown = ".".join(name.split(" "))[:120]
            raise FormatError(f"The pickle names {shown}.", why="Only what plain tensors need is known; nothing is ever imported.", remedy=_REMEDY)
        return self._known[name]


def _instructions(stream: io.BytesIO) -> Iterator[tuple[str, Any]]:
    """Names and arguments of the instructions up to STOP."""
    for _ in range(MAX_INSTRUCTIONS):
        code = _INSTRUCTIONS.get(_take(stream, 1))
        if code is None:
            raise _damaged("it has an instruction that does not exist")
        if code == "STOP":
            return
        if code == "PROTO":
            _take(stream, 1)
        else:
            yield code, _ARGUMENTS[code](stream) if code in _ARGUMENTS else None
    raise FormatError("The pickle is too long.", why=f"It has more than {MAX_INSTRUCTIONS} instructions.")


def _take(stream: io.BytesIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise _damaged("it ends too early")
    return data


def _number(size: int, *, signed: bool = False) -> Callable[[io.BytesIO], int]:
    return lambda stream: int.from_bytes(_take(stream, size), "little", signed=signed)


def _sized(length: int) -> Callable[[io.BytesIO], bytes]:
    """Bytes behind their count, which itself has `length` bytes."""
    return lambda stream: _take(stream, int.from_bytes(_take(stream, length), "little"))


def _long(stream: io.BytesIO) -> int:
    return int.from_bytes(_sized(1)(stream), "little", signed=True)


def _text(stream: io.BytesIO) -> str:
    return _decoded(_sized(4)(stream))


def _name(stream: io.BytesIO) -> str:
    lines = [stream.readline(_MAX_NAME) for _ in range(2)]
    if any(not line.endswith(b"\n") for line in lines):
        raise _damaged("a name has no end")
    return " ".join(_decoded(line[:-1]) for line in lines)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _damaged("a text is no UTF-8") from None


def _apply(call: Any, arguments: Any) -> Any:
    if not callable(call) or type(arguments) is not tuple:
        raise _damaged("it calls something that is no function")
    return call(arguments)


def _damaged(why: str) -> FormatError:
    return FormatError("The pickle is damaged.", why=f"{why[:1].upper()}{why[1:]}.", remedy=_REMEDY)


_REMEDY = "Only dictionaries and lists of plain tensors or arrays are read; save the weights alone, without the model's classes."

_ARGUMENTS: dict[str, Callable[[io.BytesIO], Any]] = {
    "BININT": _number(4, signed=True),
    "BININT1": _number(1),
    "BININT2": _number(2),
    "LONG1": _long,
    "BINUNICODE": _text,
    "BINBYTES": _sized(4),
    "SHORT_BINBYTES": _sized(1),
    "BINPUT": _number(1),
    "BINGET": _number(1),
    "LONG_BINPUT": _number(4),
    "LONG_BINGET": _number(4),
    "GLOBAL": _name,
}
