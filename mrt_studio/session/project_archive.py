"""A project in one zip file: written the same for equal projects, and read as a stranger's.

Inside: ``project.json``, ``recipe.toml``, ``model/`` with the two model files unless it is a demo, ``artifacts/``, and ``runs/`` of this model.
Data sets and the audit trail stay where they are. The reader takes only these names, plain files, two ways of packing, and no more than the limits.
"""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from struct import Struct
from typing import Any, BinaryIO

from mrt_studio.errors import ArtifactError
from mrt_studio.files import atomic_file, atomic_folder
from mrt_studio.ir.names import shown
from mrt_studio.ir.sniff import sniff
from mrt_studio.recipes.base import read_recipe
from mrt_studio.recipes.toml import write_toml
from mrt_studio.session.project import open_project, problem_of
from mrt_studio.session.project_format import ARTIFACTS, PROJECT, RECIPE, read_format
from mrt_studio.session.run_files import Run, RunFiles
from mrt_studio.session.runs import FOLDER as RUNS
from mrt_studio.session.session import Session
from mrt_studio.stages.load import DEMO, Load

MODEL = "model"
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}"
_NAMES = re.compile(rf"{PROJECT}|{RECIPE}|{MODEL}/{_PART}|{RUNS}/[0-9]{{6}}\.json|{ARTIFACTS}/[a-z]+-[0-9a-f]{{24}}(/{_PART}){{1,3}}")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DATE = (1980, 1, 1, 0, 0, 0)
_END = Struct("<4sHHHHIIH")
"""The record at the very end of a zip file: signature, disks (2), entries (2), bytes and start of the list of files, length of a comment."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class ArchiveLimits:
    """Bounds on what an archive may hold."""

    files: int = 10_000
    file_bytes: int = 2 << 30
    total_bytes: int = 8 << 30


def export_project(folder: Path, file: Path) -> int:
    """Write a project into a zip file, which appears whole or not at all; returns how many files are in it.

    Raises:
        ArtifactError: an artifact is damaged, a name is not allowed in an archive, or the file cannot be written.
        OptionError: there is no such project, or its model files are not there.
    """
    session = open_project(folder)
    session.store.own()
    try:
        with atomic_file(file) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=False) as archive:
            for name, source in _contents(session):
                if not _NAMES.fullmatch(name):
                    raise ArtifactError(f"The file {shown(name)} cannot be put into an archive.", where=str(folder), remedy="Give it a plainer name.")
                _add(archive, name, source)
            return len(archive.namelist())
    except (OSError, zipfile.LargeZipFile) as error:
        raise ArtifactError("The archive cannot be written.", where=str(file), why=f"{error}.", remedy="Check the path and the free space.") from None
    finally:
        session.close()


def import_project(file: Path, folder: Path, limits: ArchiveLimits = ArchiveLimits()) -> int:
    """Unpack an archive into a new project folder, which appears whole and checked or not at all; returns how many files it held.

    Raises:
        ArtifactError: the archive is damaged, holds what it may not, or was written by a newer program; or the folder is not new.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArtifactError("There is something in the folder already.", where=str(folder), remedy="Choose a folder that is new or empty.")
    try:
        with file.open("rb") as stream:
            _check_end(stream, file, limits)
            with zipfile.ZipFile(stream) as archive, atomic_folder(folder) as temporary:
                members = _check_members(archive, file, limits)
                for member in members:
                    _unpack(archive, member, temporary)
                _finish(temporary, folder, file)
                return len(members)
    except (OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise _refused(file, f"{error}"[:300]) from None


def _contents(session: Session) -> Iterator[tuple[str, Path | bytes]]:
    """Names in the archive with the file or the bytes they hold, in a fixed order."""
    folder, number = session.store.folder, session.store.format
    yield PROJECT, json.dumps({"format": number}).encode() + b"\n"
    load, recipe = session["load"], session.recipe()
    here = recipe.get("load")
    if isinstance(load, Load) and load.model and not load.model.startswith(DEMO):
        symbol, params = load.files()
        recipe["load"] = {"model": f"{MODEL}/{symbol.name}", "params": f"{MODEL}/{params.name}"}
        yield f"{MODEL}/{symbol.name}", symbol
        yield f"{MODEL}/{params.name}", params
    yield RECIPE, write_toml(recipe).encode()
    for run in session.runs.list():
        if here and run.recipe.get("load") == here:  # those of other models would lead nowhere
            yield f"{RUNS}/{run.number:06d}.json", json.dumps(asdict(_moved(run, recipe["load"]))).encode() + b"\n"
    for path in sorted((folder / ARTIFACTS).glob("[!.]*")):
        if problem := problem_of(path, number):
            raise ArtifactError(f"The result {shown(path.name)} is damaged.", where=str(path), why=problem, remedy="Run its stage again, or remove it.")
        for inner in sorted(p for p in path.rglob("*") if p.is_file()):
            yield inner.relative_to(folder).as_posix(), inner


def _add(archive: zipfile.ZipFile, name: str, source: Path | bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | 0o644) << 16
    if isinstance(source, bytes):
        archive.writestr(entry, source)
        return
    entry.file_size = source.stat().st_size
    with source.open("rb") as inside, archive.open(entry, "w") as outside:
        shutil.copyfileobj(inside, outside, _CHUNK)


def _check_end(stream: BinaryIO, file: Path, limits: ArchiveLimits) -> None:
    """Refuse long lists of files before zipfile reads them into memory."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _END.size))
    end = stream.read(_END.size)
    stream.seek(0)
    if len(end) < _END.size or not end.startswith(b"PK\5\6"):
        guess = sniff(stream.read(4096))
        raise _refused(file, f"It is {guess.what}." if guess else "It does not end as a zip archive does: it was cut off, or is something else.")
    entries, length = _END.unpack(end)[4:6]
    if entries > limits.files or length > limits.files * 512:
        raise _refused(file, f"It lists {entries:,} files in {length:,} bytes; at most {limits.files:,} are read.")
    stream.seek(0)


def _check_members(archive: zipfile.ZipFile, file: Path, limits: ArchiveLimits) -> list[zipfile.ZipInfo]:
    members, seen, total = archive.infolist(), set[str](), 0
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        total += member.file_size
        problem = (
            ("The name is none of a project's.", not _NAMES.fullmatch(member.filename)),
            ("The name comes twice.", member.filename.lower() in seen),
            ("It is no plain file.", kind not in (0, stat.S_IFREG)),
            ("It is encrypted.", bool(member.flag_bits & 1)),
            ("It is packed in another way than deflate.", member.compress_type not in _METHODS),
            (f"It unpacks to {member.file_size:,} bytes; at most {limits.file_bytes:,} are read.", member.file_size > limits.file_bytes),
            (f"The files unpack to more than {limits.total_bytes:,} bytes.", total > limits.total_bytes),
        )
        for why, wrong in problem:
            if wrong:
                raise _refused(file, why, member.filename)
        seen.add(member.filename.lower())
    if not {PROJECT, RECIPE} <= seen:
        raise _refused(file, f"It has no {PROJECT} or no {RECIPE}.")
    return members


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    """Write one file; zipfile stops at the announced size and checks the sum."""
    target = folder / member.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as inside, target.open("xb") as outside:
        shutil.copyfileobj(inside, outside, _CHUNK)


def _finish(temporary: Path, folder: Path, file: Path) -> None:
    """Hold the unpacked project against its seals, and point its recipe at the unpacked model."""
    number = read_format(temporary)
    recipe = read_recipe(temporary / RECIPE).recipe
    session = Session(recipe=recipe)  # refuses unknown options
    load = session["load"]
    if isinstance(load, Load) and load.model and not load.model.startswith(DEMO):
        names = [f"{MODEL}/{Path(text).name}" for text in (load.model, load.params) if text]
        for name in names:
            if not (temporary / name).is_file():
                raise _refused(file, "The recipe's model is not in it.", name)
        moved: dict[str, Any] = dict(zip(("model", "params"), (str(folder.resolve() / name) for name in names), strict=False))
        (temporary / RECIPE).write_text(write_toml(session.recipe() | {"load": moved}))
        files = RunFiles(temporary / RUNS)
        for run in files.read():
            files.write(_moved(run, moved))
    for path in sorted((temporary / ARTIFACTS).glob("*")):
        if problem := problem_of(path, number):
            raise _refused(file, problem, path.name)


def _moved(run: Run, load: Mapping[str, Any]) -> Run:
    """A run of a model that lies somewhere else now."""
    return replace(run, recipe={**run.recipe, "load": {**run.recipe.get("load", {}), **load}})


def _refused(file: Path, why: str, name: str = "") -> ArtifactError:
    where = f"{file}, {shown(name)}" if name else str(file)
    return ArtifactError("The project archive cannot be used.", where=where, why=why, remedy="Export the project again.")
