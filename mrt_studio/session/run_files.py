"""Runs as small JSON files in the project folder, ``runs/000001.json`` and so on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.files import make_folder, save_bytes
from mrt_studio.recipes.base import Recipe, check_recipe

MAX_BYTES = 8 << 20
NAME_LENGTH = 100
NOTE_LENGTH = 2000


@dataclass(frozen=True)
class Run:
    """A recipe that was evaluated, and what came of it.

    Attributes:
        number: counts the runs of a project, from 1.
        parent: the number of the run that its recipe was made from, or None.
        name, note: a person's words, or empty.
        when: UTC, ISO 8601.
        recipe: all options.
        keys: stage -> content key of its artifact.
        figures: the metrics of the evaluation; gas at the batch of compile; bits of the widest tensor; storage, the bytes of the
            parameters; seconds of all stages. None where a figure has no meaning.
        thresholds: the thresholds in force, by tensor.
    """

    number: int
    parent: int | None
    name: str
    note: str
    when: str
    recipe: Recipe
    keys: Mapping[str, str]
    figures: Mapping[str, float | None]
    thresholds: Mapping[str, float]

    @property
    def title(self) -> str:
        """Its name, or its number in words."""
        return self.name or f"Run {self.number}"


class RunFiles:
    """The folder of runs; every write appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> list[Run]:
        """All runs by number; a file that is no run is left out.

        Raises:
            ArtifactError: a file cannot be read.
        """
        found = (_parse(path) for path in sorted(self._folder.glob("*.json")))
        return sorted((run for run in found if run is not None), key=lambda run: run.number)

    def add(self, run: Run) -> Run:
        """Write a new run under the next free number; returns it with its number.

        Raises:
            ArtifactError: the folder cannot be written.
        """
        make_folder(self._folder)
        number = max((run.number for run in self.read()), default=0) + 1
        while not self._claim(number):
            number += 1
        numbered = replace(run, number=number)
        self.write(numbered)
        return numbered

    def write(self, run: Run) -> None:
        """Write a run over what its file holds."""
        save_bytes(self._path(run.number), json.dumps(asdict(run), indent=1).encode() + b"\n")

    def remove(self, number: int) -> None:
        """Delete a run's file.

        Raises:
            ArtifactError: it cannot be deleted.
        """
        try:
            self._path(number).unlink(missing_ok=True)
        except OSError as error:
            raise _refused("deleted", self._path(number), error) from None

    def _claim(self, number: int) -> bool:
        """Make the file, empty; False when another process was quicker."""
        try:
            self._path(number).touch(exist_ok=False)
        except FileExistsError:
            return False
        except OSError as error:
            raise _refused("written", self._path(number), error) from None
        return True

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.json"


def checked_text(text: str, limit: int) -> str:
    """A name or a note as it is kept: without blanks around it.

    Raises:
        OptionError: it is too long, or no text that can be printed.
    """
    kept = text.strip()
    if len(kept) > limit or not kept.replace("\n", "").isprintable():
        raise OptionError("The text cannot be kept.", why=f"It must be printable, and at most {limit:,} characters long.")
    return kept


def _parse(path: Path) -> Run | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        data: Any = json.loads(path.read_bytes())
        run = Run(**data)
        check_recipe(run.recipe)
    except OSError as error:
        raise _refused("read", path, error) from None
    except (ValueError, TypeError, RecursionError, OptionError):
        return None
    numbers = type(run.number) is int and (run.parent is None or type(run.parent) is int)
    texts = {type(text) for text in (run.name, run.note, run.when, *run.keys, *run.keys.values())}
    values = all(_is_number(v) for table in (run.figures, run.thresholds) for v in table.values())
    return run if numbers and texts == {str} and values else None


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _refused(done: str, path: Path, error: OSError) -> ArtifactError:
    why = error.strerror or str(error)
    return ArtifactError(f"A run cannot be {done}.", where=str(path), why=why, remedy="Check the folder's permissions and the disk.")
