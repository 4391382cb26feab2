"""Paths as people write them; what cannot be looked at counts as not there."""

from __future__ import annotations

from pathlib import Path

from mrt_studio.errors import DataError


def expand(text: str) -> Path:
    """The path with a leading ``~`` replaced by the home folder.

    Raises:
        DataError: the home folder is not known.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise DataError("The path cannot be used.", where=text, why=f"{error}", remedy="Write it without '~'.") from None


def is_file(path: Path) -> bool:
    """Whether the path leads to a regular file."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether the path leads to a folder."""
    try:
        return path.is_dir()
    except OSError:
        return False
