"""The audit trail of a project: JSON lines in ``audit.jsonl``, one an entry, added at the end.

A crash can tear the last line only; lines that are no entries are skipped when the file is read. Beyond `MAX_BYTES` the older half is
dropped.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.files import save_bytes
from mrt_studio.recipes.base import Recipe, check_recipe
from mrt_studio.session.differences import Change

MAX_BYTES = 4 << 20
KINDS = ("start", "change", "undo", "redo")

Kind = Literal["start", "change", "undo", "redo"]


@dataclass(frozen=True)
class Entry:
    """One line of the trail.

    Attributes:
        kind: change; undo and redo go one change back and forth; start is where the changes begin.
        who: studio, notebook, command line, or a name that the caller gave.
        when: UTC, ISO 8601.
        note: why, in a few words, or empty.
        changes: what changed.
        recipe: all options afterwards.
        number: counts the entries of a project.
    """

    kind: Kind
    who: str
    when: str
    note: str
    changes: tuple[Change, ...]
    recipe: Recipe
    number: int = 0


class AuditFile:
    """The file; an object keeps what it has read until the file has another size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = 0
        self._entries: tuple[Entry, ...] = ()

    def read(self) -> tuple[Entry, ...]:
        """All entries, oldest first; none if there is no file.

        Raises:
            ArtifactError: the file is there but cannot be read.
        """
        try:
            size = self._path.stat().st_size if self._path.exists() else 0
            if size != self._size:
                self._entries, self._size = _parse(self._tail(size)), size
        except OSError as error:
            raise self._refused("read", error) from None
        return self._entries

    def append(self, entry: Entry) -> Entry:
        """Add an entry and wait until it is on the disk; returns it with its number.

        Raises:
            ArtifactError: it cannot be written.
        """
        known = self.read()
        numbered = replace(entry, number=known[-1].number + 1 if known else 1)
        line = json.dumps(asdict(numbered)).encode() + b"\n"
        try:
            with self._path.open("ab") as file:
                if self._size and not self._tail(1).endswith(b"\n"):
                    line = b"\n" + line  # the last line is torn: it must not take this one with it
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._refused("written", error) from None
        self._entries, self._size = (*known, numbered), self._size + len(line)
        if self._size > MAX_BYTES:
            self._shorten()
        return numbered

    def _shorten(self) -> None:
        """Keep the newer entries, half of the limit; the oldest of them is where the changes begin."""
        kept, size = list[bytes](), 0
        for entry in reversed(self._entries):
            line = json.dumps(asdict(entry)).encode() + b"\n"
            size += len(line)
            if kept and size > MAX_BYTES // 2:
                break
            kept.append(line)
        data = b"".join(reversed(kept))
        save_bytes(self._path, data)
        self._entries, self._size = self._entries[-len(kept) :], len(data)

    def _tail(self, count: int) -> bytes:
        """The last bytes, at most twice the limit."""
        with self._path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(-min(count, file.tell(), 2 * MAX_BYTES), os.SEEK_END)
            return file.read()

    def _refused(self, done: str, error: OSError) -> ArtifactError:
        why = error.strerror or str(error)
        return ArtifactError(f"The audit trail cannot be {done}.", where=str(self._path), why=why, remedy="Check the folder's permissions and the disk.")


def _parse(data: bytes) -> tuple[Entry, ...]:
    found = (_entry(line) for line in data.splitlines())
    return tuple(entry for entry in found if entry is not None)


def _entry(line: bytes) -> Entry | None:
    try:
        data: Any = json.loads(line)
        changes = tuple(Change(**change) for change in data.pop("changes"))
        entry = Entry(changes=changes, **data)
        check_recipe(entry.recipe)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OptionError):
        return None
    texts = {type(text) for text in (entry.who, entry.when, entry.note, *(t for c in changes for t in (c.stage, c.option, c.name)))}
    return entry if texts == {str} and entry.kind in KINDS and type(entry.number) is int else None
