"""Files and folders that appear whole or not at all, even when the process is killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

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
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def atomic_folder(target: Path) -> Generator[Path]:
    """Fill a temporary folder that becomes `target` when the block ends well; an existing target is replaced."""
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    temporary.chmod(0o755)
    try:
        yield temporary
        for path in sorted(temporary.rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        sync_folder(temporary)
        replace_folder(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(target.parent)


def replace_folder(source: Path, target: Path) -> None:
    """Rename `source` to `target`, moving an existing target out of the way first and back when that fails."""
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


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
