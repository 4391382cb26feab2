"""Artifacts in a project folder, each in a folder named by stage and content key.

``summary.json`` holds the SHA-256 of every other file of an artifact, so that a damaged one is never used.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from mrt_studio.errors import ArtifactError
from mrt_studio.files import atomic_folder, make_folder, save_bytes
from mrt_studio.recipes.toml import write_toml
from mrt_studio.stages.base import Stage

_RECIPE, _ARTIFACTS, _SUMMARY = "recipe.toml", "artifacts", "summary.json"


class Saved(Protocol):
    """What can be kept: the artifacts of stages, and what only has a summary."""

    def save(self, folder: Path) -> None:
        """Write the files into an empty folder."""
        ...

    def summary(self) -> dict[str, Any]:
        """Figures for people and machines."""
        ...


class Store:
    """A folder with ``recipe.toml`` and ``artifacts/<stage>-<key>/``; every write appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._artifacts = folder / _ARTIFACTS
        make_folder(self._artifacts)

    @property
    def recipe_path(self) -> Path:
        """Where the project's options are kept."""
        return self.folder / _RECIPE

    def path(self, stage: str, key: str) -> Path:
        """The folder of an artifact, whether it exists or not."""
        return self._artifacts / f"{stage}-{key}"

    def has(self, stage: str, key: str) -> bool:
        """Whether the artifact is there."""
        return (self.path(stage, key) / _SUMMARY).is_file()

    def artifacts(self, stage: str) -> Iterator[Path]:
        """The folders of all artifacts of a stage, for whatever options."""
        return self._artifacts.glob(f"{stage}-*")

    def save(self, stage: str, key: str, artifact: Saved, seconds: float) -> None:
        """Write an artifact with its summary."""
        summary = {"summary": artifact.summary(), "seconds": round(seconds, 3)}
        try:
            with atomic_folder(self.path(stage, key)) as folder:
                artifact.save(folder)
                (folder / _SUMMARY).write_text(json.dumps({**summary, "files": _digests(folder)}))
        except OSError as error:
            raise ArtifactError(
                f"The result of {stage} cannot be saved.",
                where=str(self.folder),
                why=error.strerror or str(error),
                remedy="Free disk space, then run the stage again.",
            ) from None

    def load(self, stage: Stage, key: str) -> Any:
        """Read an artifact.

        Raises:
            ArtifactError: it is not there, or damaged.
        """
        if not self.has(stage.name, key):
            raise ArtifactError(f"There is no result of {stage.name} for these options.", where=str(self.folder), remedy=f"Run {stage.name}.")
        folder = self.path(stage.name, key)
        try:
            expected, found = self._stored(stage.name, key)["files"], _digests(folder)
            changed = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
            if changed:
                raise _damaged(stage.name, folder / changed[0], "It is not the file that was written.")
            return type(stage).artifact.load(folder)
        except OSError as error:
            raise _damaged(stage.name, folder, error.strerror or str(error)) from None

    def summary(self, stage: str, key: str) -> Mapping[str, Any]:
        """The artifact's summary and the seconds it took.

        Raises:
            ArtifactError: it is not there, or damaged.
        """
        stored = self._stored(stage, key)
        return {name: stored[name] for name in ("summary", "seconds")}

    def files(self, stage: str, key: str) -> dict[str, str]:
        """The SHA-256 of each file of the artifact, by its path inside, as they were written.

        Raises:
            ArtifactError: it is not there, or damaged.
        """
        return dict(self._stored(stage, key)["files"])

    def remove(self, stage: str, key: str) -> None:
        """Forget an artifact, so that it is made again.

        Raises:
            ArtifactError: its folder cannot be changed.
        """
        folder = self.path(stage, key)
        try:
            (folder / _SUMMARY).unlink(missing_ok=True)  # first, so that a half removed artifact never counts as there
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise ArtifactError(
                f"The result of {stage} cannot be removed.", where=str(folder), why=error.strerror or str(error), remedy="Check the folder's permissions."
            ) from None

    def write_recipe(self, recipe: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep the options.

        Raises:
            ArtifactError: the folder cannot be written.
        """
        save_bytes(self.recipe_path, write_toml({k: dict(v) for k, v in recipe.items()}).encode())

    def _stored(self, stage: str, key: str) -> dict[str, Any]:
        """What summary.json holds."""
        path = self.path(stage, key) / _SUMMARY
        try:
            stored: Any = json.loads(path.read_text())
        except OSError as error:
            raise ArtifactError(f"There is no result of {stage} for these options.", where=str(self.folder), why=str(error), remedy=f"Run {stage}.") from None
        except ValueError:
            stored = None
        match stored:
            case {"summary": dict(), "seconds": float() | int(), "files": dict()}:
                return stored
            case _:
                raise _damaged(stage, path, "It is no summary.")


def _digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of an artifact but the summary, by its path inside."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / _SUMMARY)
    return {p.relative_to(folder).as_posix(): _digest(p) for p in paths}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(stage: str, path: Path, why: str) -> ArtifactError:
    return ArtifactError(f"The result of {stage} is damaged.", where=str(path), why=why, remedy=f"Run {stage} again.")
