"""Uploaded files in the project folder: written under a temporary name, which they lose when they are opened as a model."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.files import make_folder, sync
from mrt_studio.session.project_format import UPLOADS
from mrt_studio.session.session import Session

SUFFIXES = (".json", ".params")
"""Of a model's files: the symbol and the parameters."""
LONGEST_NAME = 200
"""Bytes of a file's name; file systems take 255, temporary names need some."""


def upload_name(name: str) -> str:
    """The plain name under which an uploaded file is kept; what a client puts before it is no part of it.

    Raises:
        OptionError: it is not the name of a symbol or parameter file.
    """
    plain = name.replace("\\", "/").rpartition("/")[2]
    if plain.startswith(".") or not plain.isprintable() or Path(plain).suffix not in SUFFIXES or len(plain.encode()) > LONGEST_NAME:
        raise OptionError(f"A file called {plain[:80]!r} cannot be uploaded.", remedy="Choose a symbol file (.json) and a parameter file (.params).")
    return plain


def start_upload(session: Session) -> Path:
    """An empty file to write an upload into; what a killed server leaves of it is swept when the project is opened again.

    Raises:
        ArtifactError: the project folder cannot be written.
    """
    session.store.own()
    folder = session.store.folder / UPLOADS
    make_folder(folder)
    try:
        handle, name = tempfile.mkstemp(prefix=".upload.", suffix=".tmp", dir=folder)
        os.close(handle)
    except OSError as error:
        raise ArtifactError("The upload cannot be kept.", where=str(folder), why=error.strerror or str(error), remedy="Free disk space.") from None
    return Path(name)


def keep_upload(session: Session, temporary: Path, name: str) -> Path:
    """Give a complete upload its name; returns where it is.

    Raises:
        OptionError: the name is not allowed.
        ArtifactError: it has gone, or the folder cannot be written.
    """
    session.store.own()
    kept = session.store.folder / UPLOADS / upload_name(name)
    try:
        temporary.chmod(0o644)
        temporary.replace(kept)
        sync(kept.parent)
    except OSError as error:
        raise ArtifactError("The upload cannot be kept.", where=str(kept), why=error.strerror or str(error), remedy="Upload the file again.") from None
    return kept.resolve()
