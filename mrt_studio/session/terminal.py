"""Progress and tables for a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TextIO

_WIDTH, _REDRAW_SECONDS = 30, 0.1


class TerminalReport:
    """A stage's report on a text stream: a bar that redraws itself on a terminal, plain lines elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._started = time.monotonic()
        self._open = False
        self._drawn = 0.0

    def progress(self, done: int, total: int, message: str) -> None:
        """Redraw the bar, or print nothing where lines would pile up."""
        if done == 0:
            self._started = time.monotonic()
        now = time.monotonic()
        if not self._live or (now - self._drawn < _REDRAW_SECONDS and done not in (0, total)):
            return
        self._drawn = now
        filled = round(_WIDTH * done / total) if total else _WIDTH
        spent = time.monotonic() - self._started
        left = f", about {spent / done * (total - done):.0f} s left" if 0 < done < total and spent > 2 else ""
        self._stream.write(f"\r\x1b[K  [{'#' * filled}{'.' * (_WIDTH - filled)}] {message}{left}")
        self._stream.flush()
        self._open = True

    def log(self, message: str) -> None:
        """Print one line."""
        self.close()
        self._stream.write(message + "\n")
        self._stream.flush()

    def close(self) -> None:
        """End the bar's line."""
        if self._open:
            self._stream.write("\n")
            self._open = False


def table(result: Mapping[str, Mapping[str, Any]]) -> str:
    """The stages' figures, one a line."""
    lines = list[str]()
    for stage, entry in result.items():
        lines.append(f"{stage:<10} {entry['seconds']:8.2f} s  {entry['folder']}")
        lines += [f"  {name.replace('_', ' '):<18} {line}" for name, value in entry["summary"].items() for line in _lines(value)]
    return "\n".join(lines)


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [", ".join(f"{k} {_short(v)}" for k, v in value.items())]
    if isinstance(value, list) and value and isinstance(value[0], str):
        return value
    return [_short(value)] if value != [] else []


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return " x ".join(map(_short, value))
    return str(value)
