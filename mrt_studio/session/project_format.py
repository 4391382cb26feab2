"""The format of a project folder: its number in ``project.json``, and the way from older ones.

1: no ``project.json``; ``summary.json`` of an artifact holds summary, seconds and files.
2: ``summary.json`` also holds the environment, and a seal over all of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mrt_studio.errors import ArtifactError
from mrt_studio.files import read_up_to, save_bytes
from mrt_studio.version import __version__

FORMAT = 2
PROJECT, RECIPE, ARTIFACTS, UPLOADS, SUMMARY = "project.json", "recipe.toml", "artifacts", "uploads", "summary.json"
_MOST_BYTES = 4096
_MOST_SUMMARY = 64 << 20


def read_format(folder: Path) -> int:
    """The number of a folder's format; a new folder has the present one.

    Raises:
        ArtifactError: a newer program wrote the folder, or ``project.json`` is damaged.
    """
    path = folder / PROJECT
    if not path.exists():
        old = (folder / RECIPE).exists() or any(path.is_dir() for path in (folder / ARTIFACTS).glob("[!.]*"))
        return 1 if old else FORMAT
    found = read_json(path, _MOST_BYTES)
    number = found.get("format") if isinstance(found, dict) else None
    if type(number) is not int or number < 1:
        remedy = f"Write {json.dumps({'format': FORMAT})} into it if this is a project."
        raise ArtifactError("The project's description is damaged.", where=str(path), why="It holds no format number.", remedy=remedy)
    if number > FORMAT:
        raise ArtifactError(
            f"The project has format {number}.",
            where=str(path),
            why=f"A newer MRT Studio wrote it; this one, {__version__}, knows formats up to {FORMAT}.",
            remedy="Update MRT Studio, or choose another folder.",
        )
    return number


def migrate(folder: Path, found: int) -> None:
    """Bring a folder of format `found` to the present one, and write down its number last.

    Stopping in between does no harm: what has a seal is left alone the next time.

    Raises:
        ArtifactError: the folder cannot be written.
    """
    if found == 1:
        for path in sorted((folder / ARTIFACTS).glob(f"[!.]*/{SUMMARY}")):
            _seal_old(path)
    if found != FORMAT or not (folder / PROJECT).exists():
        save_bytes(folder / PROJECT, json.dumps({"format": FORMAT, "program": f"MRT Studio {__version__}"}).encode() + b"\n")


def seal(body: Mapping[str, Any]) -> str:
    """SHA-256 of plain data without its own seal."""
    text = json.dumps({key: value for key, value in body.items() if key != "seal"}, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_summary(path: Path, number: int) -> dict[str, Any] | None:
    """A summary.json of a folder of format `number`; None if it is no sound one, which before format 2 nobody can tell for sure.

    Raises:
        OSError: it cannot be read.
    """
    found = read_json(path, _MOST_SUMMARY)
    match found:
        case {"summary": dict(), "seconds": float() | int(), "files": dict()} if found.get("seal", seal(found) if number == 1 else "") == seal(found):
            return found
        case _:
            return None


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of an artifact but the summary, by its path inside.

    Raises:
        OSError: a file cannot be read.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / SUMMARY)
    return {p.relative_to(folder).as_posix(): digest(p) for p in paths}


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path, limit: int) -> Any:
    """A file of ours as plain data; None when it is no JSON, or longer than `limit` bytes.

    Raises:
        OSError: it cannot be read.
    """
    data = read_up_to(path, limit)
    try:
        return json.loads(data) if len(data) <= limit else None
    except (ValueError, RecursionError):
        return None


def _seal_old(path: Path) -> None:
    """Seal the summary of an artifact whose files are those it lists; others stay without one, and are refused."""
    try:
        found = read_summary(path, 1)
        sound = found is not None and "seal" not in found and found["files"] == digests(path.parent)
    except OSError:
        return
    if found is not None and sound:
        save_bytes(path, json.dumps({**found, "seal": seal(found)}).encode())
