"""Artifacts in a project folder, each in a folder named by stage and content key.

``summary.json`` holds the SHA-256 of every other file of an artifact and a seal over itself, so that a damaged one is
never used. Whoever writes holds the project's lock.
"""

from __future__ import annotations

import json
import shutil
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from mrt_studio.errors import ArtifactError
from mrt_studio.files import atomic_folder, make_folder, save_bytes, sweep
from mrt_studio.recipes.toml import write_toml
from mrt_studio.session.environment import environment
from mrt_studio.session.lock import OWNER, Lock
from mrt_studio.session.project_format import ARTIFACTS, FORMAT, PROJECT, RECIPE, SUMMARY, UPLOADS, digests, migrate, read_format, read_summary, seal
from mrt_studio.stages.base import Stage


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

    def __init__(self, folder: Path, token: str = "") -> None:
        """Open a folder; a worker gives the `token` of the process that it writes for.

        Raises:
            ArtifactError: the folder cannot be used, or a newer program wrote it.
        """
        self.folder = folder
        self.token = token
        self._artifacts = folder / ARTIFACTS
        make_folder(self._artifacts)
        try:
            self.format = read_format(folder)
        except OSError as error:
            raise ArtifactError(
                "The project folder cannot be read.", where=str(folder), why=error.strerror or str(error), remedy="Check its permissions."
            ) from None
        self._lock = Lock(folder, token)
        weakref.finalize(self, self._lock.release)

    def own(self) -> str:
        """Take the project's lock, unless it is held already; returns the token for workers.

        The first time, what a killed owner left is cleared away, and an older format is brought to the present one.

        Raises:
            ArtifactError: another process writes in the folder, or it is gone.
        """
        return self._lock.acquire(self._recover)

    def close(self) -> None:
        """Give up the lock; the next write takes it again."""
        self._lock.release()

    @property
    def recipe_path(self) -> Path:
        """Where the project's options are kept."""
        return self.folder / RECIPE

    def path(self, stage: str, key: str) -> Path:
        """The folder of an artifact, whether it exists or not."""
        return self._artifacts / f"{stage}-{key}"

    def has(self, stage: str, key: str) -> bool:
        """Whether the artifact is there."""
        return (self.path(stage, key) / SUMMARY).is_file()

    def artifacts(self, stage: str) -> Iterator[Path]:
        """The folders of all artifacts of a stage, for whatever options."""
        return self._artifacts.glob(f"{stage}-*")

    def save(self, stage: str, key: str, artifact: Saved, seconds: float) -> None:
        """Write an artifact with its summary.

        Raises:
            ArtifactError: it cannot be written; what was there is unchanged.
        """
        self.own()
        body = {"summary": artifact.summary(), "seconds": round(seconds, 3), "environment": environment()}
        try:
            with atomic_folder(self.path(stage, key)) as folder:
                artifact.save(folder)
                body["files"] = digests(folder)
                (folder / SUMMARY).write_text(json.dumps({**body, "seal": seal(body)}))
        except OSError as error:
            self.own()  # says so when the whole folder has gone
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
            expected, found = self._stored(stage.name, key)["files"], digests(folder)
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
        self.drop(self.path(stage, key))

    def drop(self, folder: Path) -> None:
        """Remove the folder of an artifact, whatever its name.

        Raises:
            ArtifactError: it cannot be changed, or another process writes in the project.
        """
        self.own()
        try:
            (folder / SUMMARY).unlink(missing_ok=True)  # first, so that a half removed artifact never counts as there
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise ArtifactError(
                "A result cannot be removed.", where=str(folder), why=error.strerror or str(error), remedy="Check the folder's permissions."
            ) from None

    def write_recipe(self, recipe: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep the options.

        Raises:
            ArtifactError: the folder cannot be written.
        """
        self.own()
        save_bytes(self.recipe_path, write_toml({k: dict(v) for k, v in recipe.items()}).encode())

    def _stored(self, stage: str, key: str) -> dict[str, Any]:
        """What summary.json holds."""
        path = self.path(stage, key) / SUMMARY
        try:
            stored = read_summary(path, self.format)
        except OSError as error:
            raise ArtifactError(f"There is no result of {stage} for these options.", where=str(self.folder), why=str(error), remedy=f"Run {stage}.") from None
        if stored is None:
            raise _damaged(stage, path, "It is not the summary that was written.")
        return stored

    def _recover(self) -> None:
        try:
            for folder in (self._artifacts, self.folder / UPLOADS):
                if folder.is_dir():
                    sweep(folder)
            for name in (RECIPE, PROJECT, OWNER):
                sweep(self.folder, name)
        except OSError as error:
            raise ArtifactError(
                "What an earlier run left cannot be cleared away.", where=str(self.folder), why=error.strerror or str(error), remedy="Check its permissions."
            ) from None
        migrate(self.folder, self.format)
        self.format = FORMAT


def _damaged(stage: str, path: Path, why: str) -> ArtifactError:
    return ArtifactError(f"The result of {stage} is damaged.", where=str(path), why=why, remedy=f"Run {stage} again.")
