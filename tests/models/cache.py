"""Folders of model files that are filled once and then reused."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class ModelFiles(NamedTuple):
    """A model on disk: MXNet's symbol JSON and its parameters."""

    symbol: Path
    params: Path


def cached(folder: Path, key: str, make: Callable[[Path], None]) -> Path:
    """Return `folder/key`, filled by `make` unless it is there; safe when several processes ask at once."""
    wanted = folder / key
    if not wanted.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=folder))
        try:
            make(made)
            made.replace(wanted)
        except OSError:
            # Another process was first; its files are as good as ours.
            if not wanted.is_dir():
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return wanted


def exported(folder: Path, name: str) -> ModelFiles:
    """Return the files that gluon's `export(folder/name, epoch=0)` writes."""
    return ModelFiles(folder / f"{name}-symbol.json", folder / f"{name}-0000.params")
