"""Files and folders that appear whole or not at all, even when the process is killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mrt_studio.errors import ArtifactError


def save_bytes(path: Path, data: bytes) -> None:
    """Write a file as `atomic_write_bytes` does.

    Raises:
        ArtifactError: it cannot be written; what was there is unchanged.
    """
    try:
        atomic_write_bytes(path, data)
    except OSError as error:
        raise ArtifactError(
            "A file cannot be written.",
            where=str(path),
            why=error.strerror or str(error),
            remedy="Free disk space, or choose a folder that you may write to.",
        ) from None


def make_folder(folder: Path) -> None:
    """Make a folder with its parents, unless it is there.

    Raises:
        ArtifactError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(
            "A folder cannot be made.", where=str(folder), why=error.strerror or str(error), remedy="Choose a folder that you may write to."
        ) from None


def atomic_write_bytes(path: Path, data: bytes) -> None:
    """Write a file through a temporary one beside it: after a crash it holds the old bytes or the new."""
    with atomic_file(path) as file:
        file.write(data)


@contextmanager
def atomic_file(path: Path) -> Generator[BinaryIO]:
    """A temporary file beside `path` to write into, which takes its place when the block ends well."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


@contextmanager
def atomic_folder(target: Path) -> Generator[Path]:
    """Fill a temporary folder that becomes `target` when the block ends well; an existing target is replaced."""
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    temporary.chmod(0o755)
    try:
        yield temporary
        for path in sorted(temporary.rglob("*")):
            sync(path)
        sync(temporary)
        replace_folder(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync(target.parent)


def replace_folder(source: Path, target: Path) -> None:
    """Rename `source` to `target`, moving an existing target out of the way first and back when that fails.

    A process that is killed in between leaves the old one aside; `sweep` brings it back.
    """
    if not target.exists():
        source.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    target.rename(old / target.name)
    try:
        source.rename(target)
    except OSError:
        (old / target.name).rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def sweep(folder: Path, names: str = "*") -> None:
    """Clear away what a killed process left of its writes in `folder`, and bring back a folder that it had moved aside.

    Nobody else may write there meanwhile. `names` is a pattern for what was being written.
    """
    for aside in folder.glob(f".{names}.*.old"):
        for old in aside.iterdir():
            if not (folder / old.name).exists():
                old.rename(folder / old.name)
        shutil.rmtree(aside)
    for left in folder.glob(f".{names}.*.tmp"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
    sync(folder)


def read_up_to(path: Path, limit: int) -> bytes:
    """The bytes of a file, or one more than `limit` where it is longer; takes no more memory than it holds.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(min(limit, os.fstat(file.fileno()).st_size) + 1)


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
