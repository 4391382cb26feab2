"""Care of a project folder: find damage, and free the space of results that nothing needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mrt_studio.errors import ArtifactError, ModelError, OptionError
from mrt_studio.session.analysis import ANALYSES, target_key
from mrt_studio.session.project_format import ARTIFACTS, SUMMARY, digests, read_summary
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import NAME as CHECK
from mrt_studio.session.verdict import check_key
from mrt_studio.stages.base import ORDER, stages


@dataclass(frozen=True)
class Finding:
    """What `verify_project` says of one artifact; `problem` is empty when it is whole."""

    artifact: str
    problem: str


@dataclass(frozen=True)
class Cleared:
    """What `clear_project` removed, and the bytes it freed."""

    artifacts: tuple[str, ...]
    bytes: int


def open_project(folder: Path) -> Session:
    """The session of a project folder that must be there.

    Raises:
        OptionError: it is not there.
        ArtifactError: a newer program wrote it, or it cannot be read.
    """
    if not folder.is_dir():
        raise OptionError(f"There is no project folder {str(folder)!r}.", remedy="Quantize a model first: mrt-studio quantize --project FOLDER.")
    return Session(folder)


def verify_project(folder: Path) -> list[Finding]:
    """Read every artifact of a project as the stages do; changes nothing.

    Raises:
        StudioError: it is no project, or its recipe is damaged.
    """
    number = open_project(folder).store.format
    return [Finding(path.name, problem_of(path, number)) for path in _artifacts(folder)]


def clear_project(folder: Path) -> Cleared:
    """Remove the artifacts that the recipe's present options do not lead to, and what killed processes left.

    Raises:
        StudioError: it is no project, another process writes in it, or its model is not there, so that nobody knows what is needed.
    """
    session = open_project(folder)
    needed = {session.store.path(name, target_key(session, name)).name for name in (*ORDER, *ANALYSES)}
    needed.add(session.store.path(CHECK, check_key(session)).name)
    session.store.own()
    removed, freed = list[str](), 0
    for path in _artifacts(folder):
        if path.name not in needed:
            freed += sum(p.lstat().st_size for p in path.rglob("*") if p.is_file())
            session.store.drop(path)
            removed.append(path.name)
    session.close()
    return Cleared(tuple(removed), freed)


def problem_of(path: Path, number: int) -> str:
    """What is wrong with an artifact's folder in a project of format `number`; empty when it is whole and can be read."""
    try:
        stored = read_summary(path / SUMMARY, number)
        if stored is None:
            return f"{SUMMARY} is damaged."
        found = digests(path)
        changed = sorted(name for name in stored["files"].keys() | found.keys() if stored["files"].get(name) != found.get(name))
        if changed:
            return f"{changed[0]} is not the file that was written."
        stage = path.name.partition("-")[0]
        if stage in ORDER:
            stages[stage].artifact.load(path)
        elif stage != CHECK and stage not in ANALYSES:
            return "It belongs to no stage."
    except (ArtifactError, ModelError) as error:
        return error.what
    except OSError as error:
        return f"{error.strerror or error}."
    return ""


def _artifacts(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / ARTIFACTS).glob("[!.]*") if path.is_dir())
